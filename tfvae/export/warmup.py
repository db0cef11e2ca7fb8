"""The requests that TensorFlow Serving runs before it calls a version available."""

import tensorflow as tf

NAME = "assets.extra/tf_serving_warmup_requests"


def write(folder, model_name, requests):
    """Writes a TFRecord file of `PredictionLog`, one for each request.

    Args:
        folder: The version's folder.
        model_name: What the server will call the model.
        requests: {signature: {input: array}}.
    """
    path = folder / NAME
    path.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for signature, inputs in requests.items():
            writer.write(prediction_log(model_name, signature, inputs))


def prediction_log(model_name, signature, inputs):
    """Returns a serialized `tensorflow.serving.PredictionLog` of one `PredictRequest`.

    Every field involved is a message or a string, so on the wire it is a number, a
    length and that many bytes. These few lines replace a package that users of
    TensorFlow Serving have and others don't need. Reference: TensorFlow Serving,
    apis/prediction_log.proto, predict.proto and model.proto; Protocol Buffers,
    "Encoding".

    Args:
        model_name: Name in `ModelSpec`.
        signature: Signature name in `ModelSpec`.
        inputs: {name: array}.
    """
    model_spec = _field(1, model_name.encode()) + _field(3, signature.encode())
    request = _field(1, model_spec)
    for name, value in inputs.items():
        tensor = tf.make_tensor_proto(value).SerializeToString(deterministic=True)
        request += _field(2, _field(1, name.encode()) + _field(2, tensor))
    predict_log = _field(1, request)
    return _field(6, predict_log)


def _field(number, content):
    """Returns a length-delimited field.

    >>> _field(1, b"digits").hex()
    '0a06646967697473'
    """
    length, size = b"", len(content)
    while size > 127:
        length, size = length + bytes([size % 128 + 128]), size // 128
    return bytes([number << 3 | 2]) + length + bytes([size]) + content
