"""The server of a headless rehearsal, a process of its own as on the day: `python -m forum.rehearsal.server`. It ends when its standard input closes."""

import os
import threading

import uvicorn

from forum import serving, simulated
from forum.settings import read_settings


def main() -> None:
    settings = read_settings()
    simulated.follow(settings)
    server = uvicorn.Server(serving.configuration(settings))

    def until_closed() -> None:
        while os.read(0, 4096):
            pass
        server.should_exit = True

    threading.Thread(target=until_closed, daemon=True).start()
    server.run()


if __name__ == "__main__":
    main()
