"""A model of any precision as one that computes in float32."""

import keras

_OTHERS = frozenset({"float16", "bfloat16", "float64", "mixed_float16", "mixed_bfloat16"})


def in_float32(vae):
    """Returns the model, or where any of its layers computes in another precision, a copy that computes in float32.

    Args:
        vae: The model.

    Raises:
        ValueError: A layer isn't made again by its configuration.
    """
    found = sorted({layer.compute_dtype for layer in vae._flatten_layers()} & _OTHERS)
    if not found:
        return vae
    # Classes that nobody registered, too: they are at hand.
    classes = {type(layer).__name__: type(layer) for layer in vae._flatten_layers()}
    policy = keras.config.dtype_policy()
    # The configuration of a Sequential has no policy: it takes the one that holds, and rounds its inputs to it.
    keras.config.set_dtype_policy("float32")
    try:
        config = keras.saving.serialize_keras_object(vae)
        config.pop("compile_config", None)
        copy = keras.saving.deserialize_keras_object(_replaced(config), custom_objects=classes, safe_mode=False)
        copy.set_weights(vae.get_weights())
    except Exception as error:
        raise ValueError(
            f"LiteRT runs float32, this model computes in {', '.join(found)}, and a copy in float32 can't be made by "
            "its configuration. Make it again under the dtype policy float32 and load the weights: "
            "vae.save_weights(path), then load_weights(path)."
        ) from error
    finally:
        keras.config.set_dtype_policy(policy)
    copy.trained = True  # or its use would warn, as that of the model itself did
    return copy


def _replaced(config, argument=None):
    """Returns a configuration with float32 in place of each other precision of an argument `dtype`."""
    if isinstance(config, dict):
        if argument == "dtype" and config.get("config", {}).get("name") in _OTHERS:
            return {**config, "config": {**config["config"], "name": "float32"}}
        return {key: _replaced(value, key) for key, value in config.items()}
    if isinstance(config, list | tuple):
        return type(config)(_replaced(value) for value in config)
    return "float32" if argument == "dtype" and isinstance(config, str) and config in _OTHERS else config
