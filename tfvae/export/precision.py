"""Makes a float32 copy of a model of any precision."""

import keras

_OTHERS = frozenset({"float16", "bfloat16", "float64", "mixed_float16", "mixed_bfloat16"})


def in_float32(vae):
    """Returns the model, or a copy that computes in float32 if any of its layers computes in another precision.

    Args:
        vae: The model.

    Raises:
        ValueError: A layer can't be rebuilt from its configuration.
    """
    found = sorted({layer.compute_dtype for layer in vae._flatten_layers()} & _OTHERS)
    if not found:
        return vae
    # Includes classes that nobody registered.
    classes = {type(layer).__name__: type(layer) for layer in vae._flatten_layers()}
    policy = keras.config.dtype_policy()
    # The configuration of a Sequential has no policy: it takes the global one, and casts its inputs to it.
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
    copy.trained = True  # otherwise using it would repeat the warning of the model itself
    return copy


def _replaced(config, argument=None):
    """Returns a configuration with each argument `dtype` of another precision replaced by float32."""
    if isinstance(config, dict):
        if argument == "dtype" and config.get("config", {}).get("name") in _OTHERS:
            return {**config, "config": {**config["config"], "name": "float32"}}
        return {key: _replaced(value, key) for key, value in config.items()}
    if isinstance(config, list | tuple):
        return type(config)(_replaced(value) for value in config)
    return "float32" if argument == "dtype" and isinstance(config, str) and config in _OTHERS else config
