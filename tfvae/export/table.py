"""A readable table of the LiteRT files in a folder."""

from tfvae.export import manifest

_HEADS = (
    "file",
    "KiB",
    "µs, 1 thread",
    "2 threads",
    "memory, KiB",
    "largest error",
    "PSNR, dB",
    "KL, nats",
)


def table(folder):
    """Returns the LiteRT files of a folder's manifest as a table in Markdown.

    Each file has one row: its size; the median time of a call in one and two
    threads, which depends on the machine's other load; how much memory a process
    needs to run it; and its distance from Keras: the largest error of any one
    value of the result, the peak signal-to-noise ratio, and KL(Keras || file).

    Args:
        folder: Where `litert` or `litert_variants` wrote.

    Raises:
        FileNotFoundError: There is no manifest.
        DamagedExport: The manifest is damaged.
    """
    files = manifest.read(folder)["files"]
    rows = [_row(name, facts) for name, facts in files.items() if name.endswith(".tflite")]
    lines = [_HEADS, ("---", *["--:"] * (len(_HEADS) - 1)), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _row(name, facts):
    latency = facts.get("latency_us") or {}
    memory = facts.get("peak_memory_bytes")
    return (
        f"`{name}`",
        f"{facts['bytes'] / 1024:,.0f}",
        *(_number(latency.get(threads), "{:,.1f}") for threads in ("1", "2")),
        _number(memory and memory / 1024, "{:,.0f}"),
        _number(facts.get("max_abs_error"), "{:.1e}"),
        _number(facts.get("psnr_db"), "{:.1f}", "exact"),
        _number(facts.get("kl_nats"), "{:.1e}"),
    )


def _number(value, form, missing="-"):
    return missing if value is None else form.format(value)
