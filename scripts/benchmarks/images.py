"""The images of a case: pictures where its networks are for those, else Fashion-MNIST's."""

from . import fashion_mnist, pictures


def raw(work, split):
    """Returns as many images of a split as a specification asks for, uint8 [N, height, width, channels]."""
    count = work["examples"] if split == "train" else work.get("test_examples")
    if work["network"] == "residual":
        return pictures.images(split, count)
    return fashion_mnist.images(work["source"], split, count)
