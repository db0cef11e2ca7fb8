"""Arguments of networks, data and recipes."""

from tests.errors.row import row
from tests.models import SHAPE
from tfvae import data, networks, recipes

ROWS = {
    "each by a network of a condition": row(
        lambda: networks.Each(networks.Conditional(networks.linear((5,)), num_classes=3)),
        "`network`",
        "without a condition",
    ),
    "a transformer of nothing": row(lambda: networks.CausalTransformer(0), "`length`", "positive int", "length=0"),
    "levels of a recipe, of other dimensions": row(
        lambda: recipes.fsq_vae(SHAPE, 4, levels=(8, 6, 5)), "`levels`", "4 ints", r"\(8, 6, 5\)"
    ),
    "a normalisation of no network": row(
        lambda: networks.SpectrallyNormalized("mlp"), "`network`", r"networks\.mlp_decoder", "'mlp'"
    ),
    "a decay by its name": row(lambda: recipes.rae_l2(SHAPE, 2, weight="l2"), "`weight`", ">= 0", "weight='l2'"),
    "a divergence of a negative beta": row(lambda: recipes.robust_vae(SHAPE, 2, beta=-1), "`beta`", "> 0", "beta=-1"),
    "logarithms for no network": row(lambda: networks.LogCounts("mlp"), "`network`", r"networks\.mlp_encoder", "'mlp'"),
    "unit length around a condition": row(
        lambda: networks.UnitLength(networks.Conditional(networks.linear((5,)), num_classes=2)),
        "`network`",
        r"networks\.Conditional\(UnitLength",
    ),
    "one topic": row(lambda: recipes.prod_lda((9,), 1), "`latent_size`", ">= 2", "latent_size=1"),
    "a Dirichlet of nothing": row(lambda: recipes.prod_lda((9,), 2, concentration=0), "`concentration`", "> 0"),
    "dropout of all": row(lambda: recipes.mult_vae((9,), 2, dropout=1), "`dropout`", r"\[0, 1\)", "dropout=1"),
    "a white count of 0": row(lambda: data.Counts(0), "`maximum`", "positive number", "maximum=0"),
    "a mask for no network": row(lambda: networks.WithMask("mlp"), "`network`", r"networks\.mlp_encoder", "'mlp'"),
    "a mask around a condition": row(
        lambda: networks.WithMask(networks.Conditional(networks.linear((5,)), num_classes=2)),
        "`network`",
        r"networks\.Conditional\(WithMask",
    ),
    "flows of no number": row(
        lambda: recipes.iaf_vae(SHAPE, 2, num_flows=0), "`num_flows`", "positive int", "num_flows=0"
    ),
    "a denoiser without blocks": row(lambda: networks.Denoiser((3,), blocks=0), "`blocks`", "positive int"),
    "unknown argument, near to none": row(
        lambda: data.Binarize(levels=3),
        "Binarize .*`levels`",
        "Expected: threshold, maximum, name",
        error=TypeError,
    ),
    "more than all of the ELBO": row(lambda: recipes.ciwae(SHAPE, 2, beta=1.5), "`beta`", "from 0 to 1", r"beta=1\.5"),
    "a KL below nothing": row(lambda: recipes.info_vae(SHAPE, 2, alpha=1.5), "`alpha`", "at most 1", r"alpha=1\.5"),
    "an MMD below nothing": row(
        lambda: recipes.info_vae(SHAPE, 2, alpha=0.25, lambda_=0.5), "`lambda_`", r"1 - alpha = 0\.75", r"lambda_=0\.5"
    ),
    "a distance of no weight": row(lambda: recipes.wae_mmd(SHAPE, 2, weight=-1.0), "`weight`", ">= 0", r"weight=-1\.0"),
    "half a direction": row(
        lambda: recipes.sliced_wasserstein_autoencoder(SHAPE, 2, num_projections=0.5), "`num_projections`"
    ),
    "a data set by its name": row(
        lambda: recipes.beta_tc_vae(SHAPE, 2, dataset_size="mnist"), "`dataset_size`", "or None", "'mnist'"
    ),
    "a beta below 1": row(lambda: recipes.beta_tc_vae(SHAPE, 2, beta=0.5), "`beta`", ">= 1", r"beta=0\.5"),
    "a price of variance that is text": row(
        lambda: recipes.dip_vae_i(SHAPE, 2, diagonal="x"), "`diagonal`", ">= 0", "diagonal='x'"
    ),
    "latent size that is text": row(
        lambda: recipes.vae(SHAPE, latent_size="16"), "`latent_size`", "positive int", "latent_size='16'"
    ),
    "latent size of 0": row(lambda: recipes.ppca(SHAPE, latent_size=0), "`latent_size`", "latent_size=0"),
    "unknown argument of a recipe": row(
        lambda: recipes.beta_vae(SHAPE, 2, bta=4.0),
        r"recipes\.beta_vae .*`bta`",
        "Did you mean `beta`",
        error=TypeError,
    ),
    "classes that are text": row(lambda: recipes.conditional_vae(SHAPE, 2, num_classes="x"), "`num_classes`", ">= 2"),
    "hidden layers that are text": row(
        lambda: networks.mlp_encoder(SHAPE, units="large"), "`units`", r"\(64, 32\)", "units='large'"
    ),
    "strides that don't divide": row(
        lambda: networks.conv_encoder((30, 30, 1)), r"Strides \(2, 2\)", "30x30", "Pad or resize .* 32x32", "`strides`"
    ),
    "strides that don't divide, decoding": row(
        lambda: networks.conv_decoder((2,), (10, 8)), "10x8 is no multiple", "12x8", r"image_shape=\(10, 8\)"
    ),
    "strides of another number": row(
        lambda: networks.conv_encoder((8, 8, 1), strides=(2,)), "`strides`", "one for each of `filters`"
    ),
    "a vector to convolve": row(lambda: networks.conv_encoder((64,)), "`input_shape`", "Use an mlp network"),
    "an image without channels": row(lambda: networks.conv_encoder((8, 8)), "`input_shape`", "channels"),
    "a kernel of 0": row(lambda: networks.conv_encoder(SHAPE, kernel_size=0), "`kernel_size`", "kernel_size=0"),
    "a picture that residual stages don't divide": row(
        lambda: networks.residual_encoder((100, 64, 3)),
        r"Strides \(2, 2, 2\)",
        "100x64",
        "resize .* 104x64",
        "`strides`",
    ),
    "a picture that residual stages don't make": row(
        lambda: networks.residual_decoder((2,), (64, 60)), "64x60 is no multiple", "64x64", r"image_shape=\(64, 60\)"
    ),
    "residual strides of another number": row(
        lambda: networks.residual_encoder((8, 8, 1), strides=(2,)), "`strides`", "one for each of `filters`"
    ),
    "residual networks of a vector": row(
        lambda: networks.residual_encoder((64,)), "`input_shape`", "Use an mlp network"
    ),
    "a picture without channels": row(
        lambda: networks.residual_encoder((64, 64)),
        "`input_shape`",
        r"\(height, width, channels\), such as \(64, 64, 3\)",
    ),
    "a latent map of another size": row(
        lambda: networks.residual_decoder((4, 4, 2), (64, 64)),
        "`latent_shape`",
        r"such as \(128,\), or that of the smallest map, \(8, 8, channels\)",
        r"latent_shape=\(4, 4, 2\)",
    ),
    "no block": row(
        lambda: networks.residual_encoder((8, 8, 1), (4,), blocks=0), "`blocks`", "positive int", "blocks=0"
    ),
    "residual filters of 0": row(lambda: networks.residual_decoder((2,), (8, 8), (0,)), "`filters`", r"\(0,\)"),
    "attention without positions": row(
        lambda: networks.residual_encoder((8, 8, 1), (4, 4, 4), attention=True), "`attention`", "1x1", "fewer `filters`"
    ),
    "enlarging by name": row(
        lambda: networks.residual_decoder((2,), (8, 8), (4,), enlarge="resize"),
        "`enlarge`",
        "a class of layers",
        "'resize'",
    ),
    "an epsilon of 0": row(lambda: networks.GroupNorm(epsilon=0.0), "`epsilon`", "> 0", r"epsilon=0\.0"),
    "normalising a vector": row(
        lambda: networks.GroupNorm().build((None, 8)), "feature maps", r"input_shape=\(None, 8\)", r"keras\.Input\("
    ),
    "a block on maps of any size": row(
        lambda: networks.ResidualBlock(4).build((None, None, None, 3)), "ResidualBlock takes feature maps", "known size"
    ),
    "attention in a vector": row(lambda: networks.SelfAttention().build((None, 8)), "SelfAttention takes feature maps"),
    "a network by name": row(lambda: networks.Conditional("mlp", num_classes=10), "`network`", "'mlp'"),
    "one class": row(
        lambda: networks.Conditional(networks.mlp_decoder((3,)), num_classes=1), "`num_classes`", "num_classes=1"
    ),
    "scale by 0": row(lambda: data.Rescale(0.0), "`scale`", "other than 0", r"scale=0\.0"),
    "offset that is text": row(lambda: data.Rescale(offset="x"), "`offset`", "offset='x'"),
    "unknown dtype": row(lambda: data.Rescale(raw_dtype="int9"), "`raw_dtype`", "'uint8'", "'int9'"),
    "threshold of 1": row(lambda: data.Binarize(1.0), "`threshold`", r"\[0, 1\)", r"threshold=1\.0"),
    "corruption without noise": row(lambda: data.Corrupt(data.Rescale()), "without noise", "`masking`", r"stddev=0\.0"),
    "corruption of a negative width": row(lambda: data.Corrupt(stddev=-1.0), "`stddev`", ">= 0", r"stddev=-1\.0"),
    "masking more than all": row(lambda: data.Corrupt(masking=1.5), "`masking`", r"\[0, 1\]", r"masking=1\.5"),
    "more salt than pixels": row(lambda: data.Corrupt(salt_and_pepper=2), "`salt_and_pepper`", r"\[0, 1\]"),
    "salt that is no number": row(lambda: data.Corrupt(salt_and_pepper=0.1, high="white"), "`high`", "'white'"),
    "pepper that is no number": row(lambda: data.Corrupt(salt_and_pepper=0.1, low=None), "`low`", "low=None"),
    "corruption of what is none": row(
        lambda: data.Corrupt("rescale", masking=0.1), "`preprocessing`", r"data\.Rescale\(\)", "'rescale'"
    ),
    "one grey value": row(lambda: data.Dequantize(1), "`levels`", r"2\.\.256", "levels=1"),
    "levels that are text": row(lambda: data.Dequantize("x"), "`levels`", "levels='x'"),
}
