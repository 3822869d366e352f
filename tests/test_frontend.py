"""The front end: types, its own tests, the bundle, and the build that keeps itself up to date."""

import gzip
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
FRONTEND = ROOT / "frontend"
DIST = FRONTEND / "dist"


def load_build(folder: Path = ROOT) -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", folder / "hatch_build.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def build() -> ModuleType:
    module = load_build()
    module.build()
    return module


def tsc(build: ModuleType, project: Path) -> subprocess.CompletedProcess[str]:
    command = [build.node(), str(FRONTEND / "node_modules" / "typescript" / "bin" / "tsc"), "--noEmit", "-p", str(project)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("project", ["tsconfig.json", "tsconfig.sw.json", "tsconfig.tests.json"])
def test_types_are_clean(build, project):
    done = tsc(build, FRONTEND / project)
    assert done.stdout + done.stderr == ""
    assert done.returncode == 0


def test_the_type_check_sees_a_wrong_type(build, tmp_path):
    (tmp_path / "wrong.ts").write_text("export const first: number = [1][0];\n")
    (tmp_path / "tsconfig.json").write_text(json.dumps({"extends": str(FRONTEND / "tsconfig.json"), "include": ["*.ts"], "exclude": []}))
    done = tsc(build, tmp_path / "tsconfig.json")
    assert done.returncode != 0
    assert "TS2322" in done.stdout  # noUncheckedIndexedAccess: it may be undefined


def bundle_tests(build: ModuleType, sources: list[Path], out: Path) -> list[str]:
    entries = [str(path) for path in sources]
    subprocess.run(
        [build.esbuild(), *entries, "--bundle", "--platform=node", "--format=esm", "--out-extension:.js=.mjs", f"--outdir={out}", "--log-level=warning"],
        check=True, timeout=60, cwd=FRONTEND,
    )  # fmt: skip
    return sorted(str(path) for path in out.rglob("*.mjs"))


def test_the_libraries_pass_their_own_tests(build, tmp_path):
    sources = sorted((FRONTEND / "tests").rglob("*.test.ts"))
    done = subprocess.run(
        [build.node(), "--test", "--test-reporter=tap", *bundle_tests(build, sources, tmp_path)], capture_output=True, text=True, timeout=120, check=False
    )
    counts = dict(re.findall(r"^# (tests|pass|fail) (\d+)$", done.stdout, re.MULTILINE))
    assert counts.get("fail") == "0", done.stdout[-4000:] + done.stderr[-1000:]
    assert int(counts["pass"]) == int(counts["tests"]) >= 28


def test_a_failing_test_is_reported(build, tmp_path):
    (tmp_path / "bad.test.ts").write_text('import { test } from "node:test";\nimport assert from "node:assert";\ntest("no", () => assert.equal(1, 2));\n')
    made = bundle_tests(build, [tmp_path / "bad.test.ts"], tmp_path / "out")
    done = subprocess.run([build.node(), "--test", *made], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0


def test_every_page_of_the_manifest_exists_under_a_name_with_its_hash(build):
    files = json.loads(build.MANIFEST.read_text())
    assert {"main.css", "main.js", "theme.js", "icon.svg", "public-sans-latin-wght-normal.woff2"} <= set(files)
    for logical, hashed in files.items():
        stem, suffix = Path(logical).stem, Path(logical).suffix
        assert re.fullmatch(re.escape(stem) + r"-[0-9A-Z]{8}" + re.escape(suffix), hashed)
        assert (DIST / hashed).is_file()
    manifest = json.loads((DIST / "app.webmanifest").read_text())
    assert all((DIST / icon["src"].removeprefix("/static/")).is_file() for icon in manifest["icons"])


def test_nothing_built_asks_another_house(build):
    for path in [*DIST.glob("*.css"), *DIST.glob("*.js"), *DIST.glob("*.webmanifest")]:
        outside = re.findall(r"(?:https?:)?//[\w.-]+\.\w+", re.sub(r"http://www\.w3\.org/\S+", "", path.read_text()))
        assert outside == [], path.name


def test_the_first_view_fits_its_budget(build):
    """150 kB compressed for everything: what the frame asks for leaves 40 kB to the page itself."""
    files = json.loads(build.MANIFEST.read_text())
    text = sum(len(gzip.compress((DIST / files[name]).read_bytes(), 9)) for name in ("main.css", "main.js", "theme.js", "icon.svg"))
    fonts = sum((DIST / files[f"{name}-latin-wght-normal.woff2"]).stat().st_size for name in ("public-sans", "bricolage-grotesque"))
    assert text <= 32_000
    assert text + fonts <= 110_000


def test_the_lock_names_no_registry():
    lock = (FRONTEND / "package-lock.json").read_text()
    packages = json.loads(lock)["packages"]
    assert all("resolved" not in facts for facts in packages.values())
    assert all("integrity" in facts for path, facts in packages.items() if path)
    assert "registry" not in lock


def checkout(tmp_path: Path) -> Path:
    """A copy of what the build reads, with the packages already fetched."""
    shutil.copy(ROOT / "hatch_build.py", tmp_path)
    shutil.copytree(FRONTEND, tmp_path / "frontend", ignore=shutil.ignore_patterns("node_modules", "dist", "templates"))
    os.symlink(FRONTEND / "node_modules", tmp_path / "frontend" / "node_modules")
    return tmp_path


def test_a_build_is_made_once_and_again_after_a_change(build, tmp_path):
    copy = load_build(checkout(tmp_path))
    assert copy.build() is True
    before = json.loads(copy.MANIFEST.read_text())
    assert copy.build() is False
    style = copy.FRONTEND / "styles" / "reset.css"
    style.write_text(style.read_text() + "\n.changed { color: red; }\n")
    assert copy.build() is True
    after = json.loads(copy.MANIFEST.read_text())
    assert before["main.css"] != after["main.css"]
    assert {k: v for k, v in before.items() if k != "main.css"} == {k: v for k, v in after.items() if k != "main.css"}
    assert (copy.DIST / before["main.css"]).is_file()  # a page open right now may still ask for it
    copy.sweep(0)
    assert not (copy.DIST / before["main.css"]).exists()
    assert (copy.DIST / after["main.css"]).is_file()


def test_a_missing_file_is_built_again(build, tmp_path):
    copy = load_build(checkout(tmp_path))
    copy.build()
    victim = copy.DIST / json.loads(copy.MANIFEST.read_text())["main.js"]
    victim.unlink()
    assert copy.build() is True
    assert victim.is_file()


def test_two_builds_at_once_leave_one_whole(build, tmp_path):
    folder = checkout(tmp_path)
    both = [subprocess.Popen([sys.executable, str(folder / "hatch_build.py")], stderr=subprocess.DEVNULL) for _ in range(3)]
    assert [child.wait(60) for child in both] == [0, 0, 0]
    copy = load_build(folder)
    assert copy.build() is False
    assert [p.name for p in copy.DIST.iterdir() if p.name.startswith(".new-")] == []


def test_nothing_to_do_takes_no_time(build):
    took = []
    for _ in range(5):
        begin = time.perf_counter()
        assert build.build() is False
        took.append(time.perf_counter() - begin)
    assert min(took) < 0.2


def test_an_sdist_needs_no_node(build, tmp_path):
    copy = load_build(checkout(tmp_path))
    assert copy.FrontendHook._carries_built_files() is False
    copy.build()
    (tmp_path / "PKG-INFO").write_text("Metadata-Version: 2.4\n")
    assert copy.FrontendHook._carries_built_files() is True
