"""Records in sharded files, with random access."""

import functools
import glob
import os
import pathlib
import struct
import threading

import numpy as np
import tensorflow as tf

from tfvae.data.array import from_array

_AT_ONCE = 16 << 20  # bytes of a file read at once
_HEADER, _FOOTER = struct.Struct("<QI"), 4  # length and its checksum; checksum of the content


def from_records(paths, parse, *, batch_size=128, shuffle=True, seed=0, endless=False):
    """Returns a dataset of batches of records in TFRecord or ArrayRecord files.

    Like `from_array`, it has random access to all records: the order of an epoch is a
    permutation of all records and a function of (seed, epoch), and training resumes
    where it stopped, even in the middle of an epoch if it is `endless`. Memory holds
    the offsets of the records, 8 bytes each, and an order, 4 bytes each; a step costs
    the same for a thousand records as for ten million.

    Args:
        paths: A glob pattern, or a sequence of files, whose records are numbered in
            that order. Files with "array_record" in their name are ArrayRecord, others
            are uncompressed TFRecord.
        parse: Serialised records [B], a string tensor, -> x [B, ...] or (x, condition),
            in a graph: `tf.io.parse_example`, `tf.io.decode_raw` and the like.
        batch_size: Records per batch.
        shuffle: Whether each epoch has its own order.
        seed: Seed of the order.
        endless: As for `from_array`.

    Returns:
        A `tf.data.Dataset` of what `parse` returns.

    Raises:
        ValueError: No files, no records, or a file that is of another format or damaged.

    >>> import tempfile
    >>> path = tempfile.mkdtemp() + "/bytes.tfrecord"
    >>> with tf.io.TFRecordWriter(path) as writer:
    ...     for number in range(5):
    ...         writer.write(bytes([number, number]))
    >>> dataset = from_records(path, lambda records: tf.io.decode_raw(records, tf.uint8), batch_size=3, shuffle=False)
    >>> [batch.shape[0] for batch in dataset]
    [3, 2]
    """
    records = Records(paths)
    dataset = from_array(records, batch_size=batch_size, shuffle=shuffle, seed=seed, endless=endless)
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.map(parse, num_parallel_calls=2, deterministic=True).prefetch(2).with_options(options)


class Records:
    """The records of sharded files as one array of byte strings.

    Args:
        paths: As for `from_records`.

    Attributes:
        shape: (N,).
    """

    dtype = np.dtype("O")
    ndim = 1

    def __init__(self, paths):
        given = paths
        if isinstance(paths, str | os.PathLike):
            paths = sorted(glob.glob(os.fspath(paths)))
        self._paths = [pathlib.Path(path) for path in paths]
        if not self._paths:
            raise ValueError(
                f"Invalid value for argument `paths`. Expected files. Received: {given!r}, which match none."
            )
        for path in self._paths:
            if not path.is_file():
                raise ValueError(
                    f"Invalid value for argument `paths`. Expected files. Received: {path}, which is none."
                )
        self._shards = [_open(path) for path in self._paths]
        self._ends = np.cumsum([len(shard) for shard in self._shards])
        self.shape = (int(self._ends[-1]),)

    def __len__(self):
        """Returns N."""
        return self.shape[0]

    def gather(self, rows):
        """Returns the records at positions `rows`, a string tensor [B]; works in a graph, too."""

        def read(rows):
            shards = np.searchsorted(self._ends, rows, side="right")
            content = np.empty(len(rows), object)
            for shard in np.unique(shards):
                at = np.flatnonzero(shards == shard)
                first = self._ends[shard - 1] if shard else 0
                content[at] = self._shards[shard].read(rows[at] - first)
            return content

        return tf.ensure_shape(tf.numpy_function(read, [rows], tf.string, stateful=False), [None])


def _open(path):
    return _ArrayRecordFile(path) if "array_record" in path.name else _TFRecordFile(path)


class _ArrayRecordFile:
    """An ArrayRecord file, which has its own index."""

    def __init__(self, path):
        try:
            from array_record.python.array_record_module import ArrayRecordReader
        except ImportError as error:
            raise ValueError(
                f"{path} is an ArrayRecord file, and the package array-record, which reads it, is made for Linux only. "
                "Write TFRecord files instead."
            ) from error
        try:
            self._reader = ArrayRecordReader(str(path), "readahead_buffer_size:0,max_parallelism:0")
            self._count = self._reader.num_records()
        except (RuntimeError, ValueError) as error:
            raise ValueError(f"{path} is no ArrayRecord file, or is damaged ({error}).") from error
        self._lock = threading.Lock()

    def __len__(self):
        return self._count

    def read(self, rows):
        return _objects([self._record(int(row)) for row in rows])

    def _record(self, row):
        # One at a time: for a list of positions the reader takes time proportional to the whole file, 3 ms per call
        # with a million records, and 8 times as much per record with ten thousand.
        with self._lock:
            self._reader.seek(row)
            return self._reader.read()


class _TFRecordFile:
    """A TFRecord file, whose records are found by following their lengths once."""

    def __init__(self, path):
        self._path = path
        self._file = os.open(path, os.O_RDONLY)
        self._starts = self._find()

    def __del__(self):
        if hasattr(self, "_file"):
            os.close(self._file)

    def __len__(self):
        return len(self._starts) - 1

    def _find(self):
        """Returns the offsets of the records, and the file's size."""
        size = os.fstat(self._file).st_size
        length = self._length(0) if size else 0
        stride = _HEADER.size + length + _FOOTER
        if size and size % stride == 0 and self._all_of(length, stride, size):
            return np.arange(0, size + 1, stride)
        starts, at, window, base = [0], 0, b"", 0
        while at < size:
            if at + _HEADER.size > base + len(window):
                # Read, not mapped: a mapped file counts as memory of the process.
                window, base = os.pread(self._file, _AT_ONCE, at), at
            if len(window) < at - base + _HEADER.size:
                raise self._damaged(at)
            length, checksum = _HEADER.unpack_from(window, at - base)
            at += _HEADER.size + length + _FOOTER
            if checksum != _masked_crc(length) or at > size:
                raise self._damaged(starts[-1])
            starts.append(at)
        return np.asarray(starts)

    def _all_of(self, length, stride, size):
        """Returns whether every record has the length of the first one."""
        header = np.frombuffer(_HEADER.pack(length, _masked_crc(length)), np.uint8)
        step = stride * max(1, _AT_ONCE // stride)
        pieces = (np.frombuffer(os.pread(self._file, step, at), np.uint8) for at in range(0, size, step))
        return all((piece.reshape(-1, stride)[:, : _HEADER.size] == header).all() for piece in pieces)

    def _length(self, at):
        header = os.pread(self._file, _HEADER.size, at)
        if len(header) < _HEADER.size:
            raise self._damaged(at)
        length, checksum = _HEADER.unpack(header)
        if checksum != _masked_crc(length):
            raise self._damaged(at)
        return length

    def _damaged(self, at):
        return ValueError(
            f"{self._path} is no TFRecord file without compression, or is damaged at byte {at}. Write it again with "
            "tf.io.TFRecordWriter."
        )

    def read(self, rows):
        starts, stops = self._starts[rows] + _HEADER.size, self._starts[rows + 1] - _FOOTER
        return _objects([os.pread(self._file, stop - start, start) for start, stop in zip(starts, stops, strict=True)])


def _objects(items):
    array = np.empty(len(items), object)
    array[:] = items
    return array


@functools.lru_cache(maxsize=4096)
def _masked_crc(length):
    """Returns the checksum that TFRecord stores for a length: a masked CRC-32C of its 8 bytes."""
    crc = 0xFFFFFFFF
    for byte in struct.pack("<Q", length):
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 & -(crc & 1))
    crc ^= 0xFFFFFFFF
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF
