# Sourced by scripts/quickstart and scripts/test, from the repository's root.
#
#   prepare_environment runtime|test    brings .venv up to date with the locks; does nothing where it is

_find_python() {
    local candidate
    for candidate in python3 python3.13 python3.12 python3.11; do
        # TensorFlow has no wheels for later versions; venv and ensurepip are separate packages on some systems.
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
            >/dev/null 2>&1; then
            echo "$candidate"
            return
        fi
    done
    echo "No usable Python found. Expected Python 3.11, 3.12 or 3.13, with its venv module, as python3, python3.13," \
        "python3.12 or python3.11 on the PATH. Found: $(command -v python3 >/dev/null && python3 --version 2>&1 || echo none). Install one (on Debian and" \
        "Ubuntu: apt-get install python3.11 python3.11-venv) and run this again." >&2
    return 1
}

# What an environment was made of. Changes with any lock and with the package's own metadata.
_fingerprint() {
    .venv/bin/python - <<'PYTHON'
import hashlib, pathlib, sys

digest = hashlib.sha256(f"{sys.version_info[:2]} {pathlib.Path.cwd()}".encode())
for path in (*sorted(pathlib.Path().glob("requirements*.lock")), pathlib.Path("pyproject.toml")):
    digest.update(path.read_bytes())
print(digest.hexdigest())
PYTHON
}

_is_current() { # STAMP FINGERPRINT
    [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]
}

_pip() {
    .venv/bin/python -m pip --disable-pip-version-check --quiet "$@"
}

prepare_environment() {
    local kind=$1 lock fingerprint python
    case $kind in
        runtime) lock=requirements.lock ;;
        test) lock=requirements-test.lock ;;
    esac
    if [ ! -d .venv ]; then
        python=$(_find_python)
        echo "Making .venv with $("$python" --version) ..." >&2
        "$python" -m venv .venv
    fi
    if ! .venv/bin/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        echo ".venv holds no working Python >= 3.11 with pip. Delete it (rm -r .venv) and run this again." >&2
        return 1
    fi
    fingerprint=$(_fingerprint)
    # An environment for tests holds all that one for use does, in the same versions.
    if _is_current .venv/tfvae-test "$fingerprint"; then return; fi
    if [ "$kind" = runtime ] && _is_current .venv/tfvae-runtime "$fingerprint"; then return; fi
    echo "Installing from $lock, some 2 GB once unpacked ..." >&2
    rm -f .venv/tfvae-runtime .venv/tfvae-test
    _pip install --require-hashes -r requirements-build.lock
    _pip install --require-hashes --no-build-isolation -r "$lock"
    _pip install --no-deps --no-build-isolation --editable .
    echo "$fingerprint" >".venv/tfvae-$kind.new"
    mv ".venv/tfvae-$kind.new" ".venv/tfvae-$kind"
}
