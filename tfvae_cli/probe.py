"""How well a linear classifier tells the classes of a run's data apart in its latents."""

from tfvae_cli import modalities


def accuracy(opened, vae, info):
    """Returns the accuracy on the images that the options name, or None where there is none to tell.

    Args:
        opened: The `Opened` run, whose training images the classifier is fitted to.
        vae: Its model.
        info: `DatasetInfo` of the images that it is tested on.
    """
    from tfvae import latent

    if modalities.needs_labels(vae) or info.num_classes is None or info.num_classes < 2:
        return None
    train, of_train = opened.images("train", labels=True)
    if of_train.split == info.split:
        return None  # it would be tested on its training data
    test, _ = opened.images(labels=True)
    return float(latent.linear_probe(vae, train, test))
