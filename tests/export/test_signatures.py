"""Every signature in every loader: Keras's values."""

import pathlib
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from tests.export import session
from tfvae import export


def compare(received, expected):
    assert set(received) == set(expected)
    for name, value in expected.items():
        assert received[name].shape == value.shape
        np.testing.assert_allclose(received[name], value, atol=2e-5, err_msg=name)


def test_the_session_loader_gives_kerass_values(served):
    with session.loaded(served.version) as run:
        for name, inputs in served.given.items():
            compare(run(name, inputs), served.expected[name])


def test_draws_repeat_for_a_seed_and_differ_for_others(served):
    with session.loaded(served.version) as run:
        for name in ("generate", "encode_sample", "score"):
            given = served.given[name]
            (first,), (again,) = run(name, given).values(), run(name, given).values()
            (other,) = run(name, {**given, "seed": given["seed"] + 1}).values()
            np.testing.assert_array_equal(first, again)
            assert not np.allclose(first, other)


def test_nothing_in_the_graph_needs_python_or_has_state(served):
    saved = saved_model_pb2.SavedModel()
    saved.ParseFromString((served.version / "saved_model.pb").read_bytes())
    graph = saved.meta_graphs[0].graph_def
    nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
    operations = {node.op for node in nodes}
    assert "StatelessWhile" in operations or "While" in operations
    # Variables are assigned by the saver alone.
    assert not operations & {"PyFunc", "EagerPyFunc", "PyFuncStateless", "RandomStandardNormal", "RandomUniform"}
    served_nodes = [n for f in graph.library.function if "restore" not in f.signature.name for n in f.node_def]
    assert not {node.op for node in served_nodes} & {"AssignVariableOp", "AssignAddVariableOp"}


def test_each_weight_is_stored_once(served):
    variables = tf.train.list_variables(str(served.version / "variables" / "variables"))
    stored = sum(int(np.prod(shape)) for name, shape in variables if name != "_CHECKPOINTABLE_OBJECT_GRAPH")
    assert stored == sum(int(np.prod(weight.shape)) for weight in served.model.trainable_variables)


def test_the_manifest_describes_what_is_served(served):
    known = export.verify(served.version)
    assert known["limits"] == {"max_count": 50, "max_num_samples": 500}
    assert set(known["parity"]) == set(known["signatures"]) == set(served.given)
    assert all(0 <= error < 1e-4 for error in known["parity"].values())
    score = known["signatures"]["score"]
    assert score["inputs"]["x"] == {"dtype": "uint8", "shape": [None, 8, 8, 1]}
    assert score["inputs"]["num_samples"] == {"dtype": "int32", "shape": []}
    assert score["outputs"] == {"log_likelihood": {"dtype": "float32", "shape": [None]}}
    files = {path.relative_to(served.version).as_posix() for path in served.version.rglob("*") if path.is_file()}
    assert set(known["files"]) == files - {"manifest.json"}


def test_a_damaged_file_is_named(served, tmp_path):
    copy = tmp_path / "1"
    shutil.copytree(served.version, copy)
    path = copy / "variables" / "variables.data-00000-of-00001"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(export.DamagedExport, match=r"variables\.data-00000-of-00001 is damaged: its SHA-256"):
        export.verify(copy)


@pytest.mark.slow
def test_tensorflows_own_command_runs_it(served, tmp_path):
    given = served.given["score"]
    options = []
    for name, value in given.items():
        np.save(tmp_path / f"{name}.npy", value)
        options.append(f"{name}={tmp_path / f'{name}.npy'}")
    command = [pathlib.Path(sys.executable).parent / "saved_model_cli", "run", "--dir", served.version]
    command += ["--tag_set", "serve", "--signature_def", "score", "--inputs", ";".join(options), "--outdir", tmp_path]
    finished = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300)
    assert finished.returncode == 0, finished.stderr
    compare({"log_likelihood": np.load(tmp_path / "log_likelihood.npy")}, served.expected["score"])


def _plan(signatures, given, folder):
    """Returns the lines of a plan for served.c, whose tensors lie in `folder`."""
    lines = []
    for number, (name, inputs) in enumerate(given):
        signature = signatures[name]
        lines.append(f"run {len(inputs)} {len(signature.outputs)}")
        for key, value in inputs.items():
            path = folder / f"{number}.{key}.in"
            path.write_bytes(value.tobytes())
            operation, index = signature.inputs[key].name.split(":")
            kind = tf.as_dtype(value.dtype).as_datatype_enum
            lines.append(" ".join(map(str, ("in", operation, index, kind, value.ndim, *value.shape, path))))
        for key, info in signature.outputs.items():
            lines.append(f"out {' '.join(info.name.split(':'))} {folder / f'{number}.{key}.out'}")
    return "\n".join(lines) + "\n"


def _compiled(folder):
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    package = pathlib.Path(tf.__file__).parent
    libraries = [package / name for name in ("libtensorflow_cc.so.2", "libtensorflow_framework.so.2")]
    header = package / "include" / "tensorflow" / "c" / "c_api.h"
    if compiler is None:
        pytest.skip("no C compiler (cc, gcc, clang) on the PATH")
    for path in (*libraries, header):
        if not path.exists():
            pytest.skip(f"this TensorFlow has no {path.name}")
    program = folder / "served"
    source = pathlib.Path(__file__).with_name("served.c")
    command = [compiler, "-std=c99", "-Wall", "-Wextra", "-Werror", "-I", package / "include", source, "-o", program]
    command += [*libraries, f"-Wl,-rpath,{package}", "-ldl"]
    subprocess.run([str(part) for part in command], check=True, timeout=120)
    return program


@pytest.mark.slow
def test_a_c_program_without_python_gets_kerass_values(served, tmp_path):
    program = _compiled(tmp_path)
    saved = saved_model_pb2.SavedModel()
    saved.ParseFromString((served.version / "saved_model.pb").read_bytes())
    # Unlike Python's, C's session doesn't look at shapes: the graph does, as for a server.
    bad = {
        "`latent`. Expected finite numbers. Received:] [nan": (
            "decode",
            {"latent": np.full([1, 3], np.nan, "float32")},
        ),
        "`latent`. Expected shape [batch, 3]. Received:] [2 4]": ("decode", {"latent": np.zeros([2, 4], "float32")}),
        "`x`. Expected shape [batch, 8, 8, 1]. Received:] [2 4 16 1]": (
            "encode",
            {"x": np.zeros([2, 4, 16, 1], "uint8")},
        ),
    }
    runs = [*served.given.items(), *bad.values()]
    (tmp_path / "plan").write_text(_plan(saved.meta_graphs[0].signature_def, runs, tmp_path))
    finished = subprocess.run([program, served.version, tmp_path / "plan"], capture_output=True, text=True, timeout=300)
    assert finished.returncode == 0, finished.stderr
    said = finished.stdout.splitlines()
    assert said[: -len(bad)] == ["ok"] * len(served.given)
    for number, values in enumerate(served.expected.values()):
        received = {key: (tmp_path / f"{number}.{key}.out").read_bytes() for key in values}
        compare({key: np.frombuffer(received[key], "float32").reshape(values[key].shape) for key in values}, values)
    for expected, refused in zip(bad, said[-len(bad) :], strict=True):
        assert f"Invalid value for input {expected}" in refused
