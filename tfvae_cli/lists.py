"""`tfvae recipes` and `tfvae datasets`: lists of what is available."""

from tfvae_cli import sources


def recipes(options):
    """Lists the recipes, or explains one. Returns the exit status."""
    known = sources.recipes()
    if options.recipe is not None:
        recipe = known[options.recipe]
        print(recipe.text)
        arguments = ", ".join(f"model.{name} = {default}" for name, default in recipe.arguments.items())
        print(f"\nIn a configuration, with their defaults: {arguments}, and any part of the model in place of its own.")
    elif options.names:
        print("\n".join(known))
    else:
        width = max(map(len, known))
        print("\n".join(f"{name:{width}}  {recipe.summary}" for name, recipe in known.items()))
        print("\ntfvae recipes NAME explains one, with its equation and paper.")
    return 0


def datasets(options):
    """Lists the datasets. Returns the exit status."""
    from tfvae_cli.quiet import tensorflow_loading

    with tensorflow_loading():
        from tfvae import data
    known = data.names(options.data_dir)
    if options.names:
        print("\n".join(known))
        return 0
    width = max(map(len, known))
    for name, note in known.items():
        print(f"{name:{width}}  {note}")
    print("\nand the path of a folder of images, or of an .npy or .npz file.")
    return 0
