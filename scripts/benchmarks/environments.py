"""The Pythons that run the contenders; those of PyTorch and pythae are made under .cache/."""

import hashlib
import importlib.util
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
_CACHE = ROOT / ".cache" / "benchmarks"


def tensorflow():
    """Returns the Python that has tfvae: this one, or the repository's own.

    Raises:
        RuntimeError: Neither has it.
    """
    if all(importlib.util.find_spec(name) for name in ("tensorflow", "keras", "tensorflow_probability")):
        return pathlib.Path(sys.executable)
    python = ROOT / ".venv" / "bin" / "python"
    if python.exists():
        return python
    raise RuntimeError(f"TensorFlow is not installed for {sys.executable}. Run scripts/quickstart once.")


def made(name, base, say):
    """Returns the Python of an environment with requirements/<name>.txt, made where it isn't there.

    Args:
        name: "torch" or "pythae".
        base: The Python that makes it.
        say: Takes a line for the user.

    Raises:
        RuntimeError: The packages could not be installed.
    """
    requirements = pathlib.Path(__file__).parent / "requirements" / f"{name}.txt"
    stamp = hashlib.sha256(requirements.read_bytes() + str(base).encode()).hexdigest()
    folder = _CACHE / name
    python = folder / "bin" / "python"
    marker = folder / "made-of"
    if marker.is_file() and marker.read_text() == stamp:
        return python
    say(f"Making {folder.relative_to(ROOT)} from {requirements.relative_to(ROOT)}, once; PyTorch takes minutes ...")
    commands = (
        [base, "-m", "venv", "--clear", folder],
        [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "-r", requirements],
    )
    for command in commands:
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if done.returncode:
            lines = [line for line in (done.stderr or done.stdout).strip().splitlines() if line.strip()]
            raise RuntimeError(f"the environment {name} could not be made: {lines[-1] if lines else 'no message'}")
    marker.write_text(stamp)
    return python
