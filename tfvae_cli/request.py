"""`tfvae request`: sends a request to a served model. Nothing here loads TensorFlow."""

import urllib.parse

import numpy as np

import tfvae_client
from tfvae_cli import request_files
from tfvae_cli.problem import Problem
from tfvae_cli.request_options import SIGNATURES
from tfvae_cli.run_folder import writable


def request(options):
    """Sends a request to a served model. Returns the exit status."""
    server, model = _address(options.url)
    _check(options)
    with tfvae_client.Client(
        server,
        model,
        version=options.model_version,
        label=options.label,
        deadline=options.deadline,
        ca_file=None if options.ca_file is None else str(options.ca_file),
    ) as client:
        if options.signature is None:
            _status(client, server, model)
        else:
            _ANSWERS[options.signature](client, options)
    return 0


def _address(url):
    """Returns (server, model) of URL/MODEL; the path of TF Serving's REST API may come in between."""
    parts = urllib.parse.urlsplit(url)
    server, _, model = url.rstrip("/").rpartition("/")
    if not parts.scheme or not parts.path.strip("/"):
        raise Problem(
            f"{url}: expected URL/MODEL, such as http://localhost:8501/digits or grpc://localhost:8500/digits."
        )
    return server.removesuffix("/v1/models"), urllib.parse.unquote(model)


def _check(options):
    """Refuses options that don't apply and outputs that can't be written, before any request is sent."""
    takes = SIGNATURES.get(options.signature, ())
    asked = f"apply to {options.signature}" if options.signature else "apply without a signature"
    for name in ("files", "count", "temperature", "num_samples", "seed", "condition"):
        value = getattr(options, name)
        if name not in takes and value not in (None, []):
            what = value[0] if name == "files" else f"--{name.replace('_', '-')} {value}"
            raise Problem(f"{what} doesn't {asked}. Leave it out.")
    if options.signature is None:
        if options.output is not None:
            raise Problem(f"--output {options.output} doesn't {asked}. Leave it out.")
        return
    if "files" in takes and not options.files:
        what = "an array of latents" if options.signature == "decode" else "images"
        raise Problem(f"{options.signature} needs a FILE: {what}.")
    for path in options.files:
        if not path.is_file():
            raise Problem(f"{path}: there is no such file.")
    options.output = options.output or request_files.OUTPUTS[options.signature]
    if options.output is not None:
        _check_output(options.output, options.signature, options.overwrite)


def _check_output(path, signature, overwrite):
    drawn = request_files.OUTPUTS[signature]
    known = (".png", *request_files.ARRAYS) if drawn is not None and drawn.suffix == ".png" else request_files.ARRAYS
    if path.suffix not in known:
        raise Problem(f"--output {path}: expected a file {' or '.join(f'*{suffix}' for suffix in known)}.")
    if path.is_dir():
        raise Problem(f"{path} is a folder. Expected a file to write: --output another.")
    writable(path.parent if path.exists() else path)
    if path.exists() and not overwrite:
        raise Problem(f"{path} exists. Replace it by --overwrite, or write elsewhere: --output another.")


def _status(client, server, model):
    versions = client.versions()
    # A version that doesn't answer can't give its signatures, and its own error says more.
    answers = any(version.state == "AVAILABLE" for version in versions)
    signatures = client.signatures.values() if answers else ()
    print(f"{model} at {server}")
    for version in versions:
        print(f"version {version.number}  {version.state}  {version.error}".rstrip())
    for signature in signatures:
        print(signature)


def _generate(client, options):
    count = options.count or 16
    temperature = 1.0 if options.temperature is None else options.temperature
    condition = None if options.condition is None else np.full(count, options.condition)
    request_files.write(options, {"mean": client.generate(count, temperature, options.seed or 0, condition)})


def _decode(client, options):
    if len(options.files) > 1 or options.files[0].suffix not in request_files.ARRAYS:
        raise Problem(f"{options.files[-1]}: decode takes one array of latents, a file *.npy or *.npz.")
    latent, condition = request_files.array(options.files[0], ("latent", "mean"), options)
    request_files.write(options, _named(client.decode(latent, condition)))


def _encode(client, options):
    request_files.write(options, _named(client.encode(*request_files.images(client, options))))


def _encode_sample(client, options):
    x, condition = request_files.images(client, options)
    request_files.write(options, {"latent": client.encode_sample(x, options.seed or 0, condition)})


def _reconstruct(client, options):
    x, condition = request_files.images(client, options)
    again = client.reconstruct(x, condition)
    request_files.write(options, {"mean": again}, beside=x)


def _score(client, options):
    x, condition = request_files.images(client, options)
    num_samples = options.num_samples or 100
    scores = client.score(x, num_samples, options.seed or 0, condition).astype("float64")
    found = {"log_likelihood": scores}
    if "p_value" in client.signatures["score"].outputs:
        found["p_value"] = client.p_values(x, options.seed or 0, condition)
    p_values = [f"  p = {value:.3g}" for value in found["p_value"]] if "p_value" in found else [""] * len(scores)
    if len(options.files) == len(scores):
        for path, score, p_value in zip(options.files, scores, p_values, strict=True):
            if len(scores) > 1 or p_value:
                print(f"{path}  {score:.2f}{p_value}")
    error = f" +- {scores.std(ddof=1) / len(scores) ** 0.5:.2f}" if len(scores) > 1 else ""
    print(f"log p(x) = {scores.mean():.2f}{error} nats, {len(scores)} images, {num_samples} draws of z each")
    if options.output is not None:
        request_files.write(options, found)


_ANSWERS = {
    "generate": _generate,
    "decode": _decode,
    "encode": _encode,
    "encode_sample": _encode_sample,
    "reconstruct": _reconstruct,
    "score": _score,
}


def _named(moments):
    return {name: value for name, value in moments._asdict().items() if value is not None}
