# %% [markdown]
# # Four bits
#
# Seven billion weights in float32 take 28 GB, and a graphics card sold as 12 GB holds
# 12.9. Four bits a weight would make it 3.5 GB, but four bits can tell only sixteen
# numbers apart. Can a model whose weights took months to learn go on with sixteen?
#
# After this lesson you can:
#
# - say what a weight costs in bits, scales included, and what fits into a memory;
# - quantize in blocks, follow NF4, and show that both agree with bitsandbytes;
# - load a chat model in 8 or 4 bits, and measure what that costs in perplexity;
# - find out what breaks first when the bits get few, and say why outliers matter.

# %% tags=["parameters"]
TIER = None

# %%
from course import lesson

here = lesson("week07_llm/07_four_bits", tier=TIER)

# %% tags=["nbval-check-output"]
card_gb = 12 * 2**30 / 1e9  # the "12 GB" on a card's box are GiB
for bits in (32, 16, 8, 4):
    gb = 7 * bits / 8  # 7 billion weights, 8 bits to the byte
    verdict = "fits" if gb < card_gb else "does not fit"
    print(f"7 billion weights at {bits:>2} bits: {gb:4.1f} GB, {verdict}")

# %% [markdown]
# ## Warm-up
#
# Three questions on earlier lessons. Put a letter for each hyphen; leave one where you
# would have to guess.

# %%
here.warm_up("---")

# %%
import gc
import logging
import math
import time
from contextlib import contextmanager
from statistics import NormalDist

import matplotlib.pyplot as plt
import torch
from bitsandbytes import functional as bnb
from matplotlib.ticker import LogLocator, NullLocator
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

from course import plots, training

settings = here.settings
device = "cuda" if torch.cuda.is_available() else "cpu"
dtype_name = here.machine.compute_dtype(device)
dtype = getattr(torch, dtype_name)
print(f"This machine computes in {dtype_name}.")

# %% [markdown]
# That is the dtype in which products are quick here: bfloat16 (16 bits, with the range
# of float32) on cards from about 2020 on, float16 on older ones, float32 on most
# laptops.
#
# ## A chat model
#
# We take a pretrained model of Llama's architecture, small enough for this machine.
# Where the original cannot be had, a banner says what stands in for it.

# %%
chat = here.load(settings.model)
tokenizer = AutoTokenizer.from_pretrained(chat.path)


def load(**quantization):
    """The chat model; with options, its linear layers are rounded while loading."""
    config = BitsAndBytesConfig(**quantization) if quantization else None
    return AutoModelForCausalLM.from_pretrained(
        chat.path, dtype=dtype, device_map={"": device}, quantization_config=config
    )


model = load()


# %% tags=["try"]
def reply(model, question):
    """The model's reply; each token is the most probable one."""
    asked = tokenizer.apply_chat_template(  # written as in the model's training
        [{"role": "user", "content": question}],
        add_generation_prompt=True,
        return_tensors="pt",
        return_dict=True,
    ).to(device)
    n = settings.answer_tokens
    out = model.generate(**asked, max_new_tokens=n, do_sample=False)
    start = asked["input_ids"].shape[1]
    return tokenizer.decode(out[0, start:], skip_special_tokens=True)


question = "What is the capital of France?"  # ask it something else
print(f"{chat.title}: {reply(model, question)}")

# %% [markdown]
# Where are its weights? Each of its layers has seven matrices, by which vectors are
# multiplied: four belong to attention (q, k, v and o), three to the feed-forward part
# after it (gate, up and down).

# %%
linears = {
    name: part
    for name, part in model.model.named_modules()
    if isinstance(part, torch.nn.Linear)
}
n_linear = sum(part.weight.numel() for part in linears.values())
n_all = sum(weight.numel() for weight in model.parameters())
print(f"{len(linears)} matrices, {n_linear / n_all:.0%} of {n_all / 1e6:.0f} million")

# %% [markdown]
# Nearly all the rest is the embedding, the table with a vector for each token. The
# library leaves it as it is, and the output layer, too; so do we.
#
# Our yardstick is *perplexity*: among so many equally likely tokens the model would be
# just as uncertain about the next one. The text is yours, from `my/text`, or a scene of
# Shakespeare; every variant of the model will read the same tokens of it.

# %%
mine = here.mine("text")
ids = tokenizer(mine.text[:100_000], return_tensors="pt").input_ids[0]
size = min(settings.window, len(ids))  # tokens in one window
count = min(settings.windows, len(ids) // size)
windows = ids[: count * size].reshape(count, size).to(device)


@torch.no_grad()
def perplexity(model, windows=windows):
    """exp of the mean cross-entropy over all tokens of the windows."""
    losses = [model(ids[None], labels=ids[None]).loss.item() for ids in windows]
    return math.exp(sum(losses) / len(losses))


reference = perplexity(model)
print(f"perplexity {reference:.1f} on {windows.numel()} tokens, nothing rounded by us")

# %% [markdown]
# ## What a weight looks like
#
# One matrix out of the middle, in units of its standard deviation:

# %%
layer = model.config.num_hidden_layers // 2
w = linears[f"layers.{layer}.mlp.up_proj"].weight.data.float()  # (out, in)
z = (w / w.std()).flatten().cpu()

figure, ax = plt.subplots()
furthest = z.abs().max().item()
ax.hist(z, bins=120, density=True, label="weights")
grid = torch.linspace(-4.5, 4.5, 200)
bell = torch.exp(-(grid**2) / 2) / math.sqrt(2 * math.pi)
ax.plot(grid, bell, color=plots.RED, label="normal distribution")
ax.set(yscale="log", ylim=(1e-6, 1))
ax.set(xlabel="weight (standard deviations)", ylabel="density (logarithmic)")
ax.set_title(f"A bell, and a few weights far out: the furthest at {furthest:.0f}")
ax.legend()
plots.show(
    figure,
    "Histogram of one matrix's weights, on a logarithmic scale: it follows a normal "
    "curve in the middle, and has more weights far outside than the curve allows.",
)

# %% [markdown]
# And one oddity to look for. Take eight blocks of 32 neighbouring weights: how many
# *different* values has each?

# %%
distinct = [len(block.unique()) for block in w.reshape(-1, 32)[:8]]
print(f"of 32 weights in a block, different: {distinct}")
if max(distinct) <= 16:
    print("Never over 16: this copy had been rounded to 4 bits before we got it.")
else:
    print("Nearly all: these weights are as training left them.")

# %% [markdown]
# If your copy is a rounded one, all that follows measures a *second* rounding on top of
# the first, to other levels. Our "nothing rounded by us" is then not the original,
# which would lose a different amount.
#
# ## Eight bits, on paper
#
# *Quantization* stores each number as the nearest of a few levels. The plainest way is
# *absmax scaling*: let the largest absolute value $a$ be the code 127, the largest
# whole number of 8 bits with a sign. For 0.42, −1.27, 0.053 and 0.8, $a = 1.27$ and a
# step of one code is worth 0.01:
#
# - 0.42 → code 42; −1.27 → −127; 0.8 → 80, all exact;
# - 0.053 → 5.3, rounded to 5, which comes back as 0.05.
#
# With $b$ bits there are $L = 2^{b-1} - 1$ codes on either side of zero:
#
# $$c = \mathrm{round}\!\left(x\,\frac{L}{a}\right) \qquad\qquad
# \hat x = c\,\frac{a}{L}$$
#
# Rounding errs by half a step at most, so $|x - \hat x| \le \tfrac12\,a/L$.


# %%
def absmax_quantize(x, bits=8):
    """Whole numbers from -L to L, and the step a / L that turns them back."""
    L = 2 ** (bits - 1) - 1
    a = x.abs().max()
    return (x * (L / a)).round().to(torch.int8), a / L


# %% tags=["nbval-check-output", "try"]
x = torch.tensor([0.42, -1.27, 0.053, 0.8])
for bits in (8, 4):
    c, step = absmax_quantize(x, bits)
    back = [round(value, 3) for value in (c * step).tolist()]
    print(f"{bits} bits: codes {c.tolist()}, back {back}")
    assert (x - c * step).abs().max() <= step / 2 + 1e-6

# %% [markdown]
# At four bits 0.053 is gone, and nothing but the −1.27 is still exact. Does the library
# agree? *bitsandbytes*, which quantizes models for PyTorch, takes one $a$ per row:

# %%
row = w[:1].half()  # it wants 16 bits
theirs, theirs_a, _ = bnb.int8_vectorwise_quant(row)
ours, step = absmax_quantize(row.float())
apart = (ours.int() - theirs.int()).abs()
assert apart.max() <= 1 and apart.float().mean() < 0.01  # ties may fall either way
torch.testing.assert_close(step * 127, theirs_a[0])
print(f"{row.numel()} codes, {int((apart > 0).sum())} of them not the same")

# %% [markdown]
# ## One weight spoils the rest
#
# Put 12.7 for the 0.8. The step grows tenfold, for all of them:

# %% tags=["nbval-check-output"]
x = torch.tensor([0.42, -1.27, 0.053, 12.7])
c, step = absmax_quantize(x)
print(f"codes {c.tolist()}, back {[round(v, 2) for v in (c * step).tolist()]}")

# %% [markdown]
# The others have become coarse. With four bits, $L = 7$, and one step for a whole
# matrix, its largest weight dictates that step to all. Inside `with rounded(…)` the
# model has such weights; afterwards it has its own again.


# %%
@contextmanager
def rounded(change, where=""):
    """Within it, matrices whose name contains `where` are change(weights)."""
    kept = {}
    for name, part in linears.items():
        if where in name:
            kept[name] = part.weight.data.to("cpu")  # on a card: into RAM
            part.weight.data = change(part.weight.data)
    try:
        yield
    finally:
        for name, weights in kept.items():
            linears[name].weight.data = weights.to(device)


def one_step(weights, bits=4):
    """There and back, with a single step for the whole matrix."""
    c, step = absmax_quantize(weights.float(), bits)
    return (c * step).to(weights.dtype)


# %% [markdown]
# What becomes of the perplexity when all matrices are stored in 4 bits, each with one
# step?

# %%
factors = ["under twice as high", "2 to 100 times", "over 100 times"]
my_guess = None
here.predict("one_step", my_guess, choices=factors)


# %%
def factor(times):
    """Which of the choices that is; nan, from numbers too large, counts as the last."""
    return factors[0] if times < 2 else factors[1] if times <= 100 else factors[2]


with rounded(one_step):
    ruined = perplexity(model)
here.outcome("one_step", factor(ruined / reference))
print(f"perplexity {reference:.1f} -> {ruined:,.0f}")
print(f"in the matrix above, {(one_step(w) == 0).float().mean():.0%} of weights are 0")
print(f"guessing among {model.config.vocab_size:,} tokens: perplexity as many")
if ruined > model.config.vocab_size:
    print("That is worse than guessing: it is certain, and wrong.")

# %% [markdown]
# ## A step for every block
#
# The remedy: cut the weights into *blocks* of 64 neighbours, each with an $a$ of its
# own. A straggler then spoils 63 others, and no more. Each block pays for its step, 32
# bits, half a bit for each of its weights.
#
# <!-- exercise: quantize_blocks -->
#
# Write it for a tensor of any shape whose number of elements `block` divides. A block
# may be all zeros: it must come back as zeros.


# %%
def quantize_blocks(x, bits=4, block=64):
    """Codes as int8 (blocks, block), and steps as float (blocks, 1)."""
    raise NotImplementedError


ex = here.exercise("quantize_blocks")
ex.check(quantize_blocks)

# %%
# ex.hint()
# ex.solution()
quantize_blocks = ex.use(quantize_blocks)

# %% [markdown]
# Error and perplexity for several numbers of bits. The error is relative: the size of
# $x - \hat x$ in proportion to that of $x$, as vectors.


# %%
def blocks_of(bits):
    """A function: weights -> the same, there and back in blocks of 64."""

    def change(weights):
        c, step = quantize_blocks(weights.float(), bits, 64)
        return (c * step).reshape(weights.shape).to(weights.dtype)

    return change


def error(weights, change):
    return ((weights - change(weights)).norm() / weights.norm()).item()


# %%
even = {}
for bits in training.progress(settings.bits):
    with rounded(blocks_of(bits)):
        even[bits] = perplexity(model)
for bits, value in even.items():
    off = error(w, blocks_of(bits))
    print(f"{bits} bits: error {off:6.1%}, perplexity {value:,.1f}")
print(f"4 bits, one step: error {error(w, one_step):.1%}, perplexity {ruined:,.0f}")

# %% [markdown]
# Each bit more halves the error, or better, as it doubles the levels. At eight there is
# next to nothing left to gain; at four the blocks have brought the model back to life;
# at three it suffers.
#
# ## Sixteen levels, better placed
#
# Evenly spaced levels suit numbers that are spread evenly. Weights are not: most are
# small. (And absmax uses 15 of 16 codes, as many on either side of zero.) *NF4*,
# four-bit NormalFloat, spaces its 16 levels as the normal distribution is spaced. A
# *quantile* is the value below which a given share of a distribution lies; equal steps
# in the share give levels that stand close where numbers are many. Zero must be among
# them, so there are eight above it, seven below.


# %%
def nf4_levels():
    """Levels from -1 to 1: quantiles of the normal distribution, and 0."""
    quantile = NormalDist().inv_cdf  # share -> value
    top = 1 - (1 / 30 + 1 / 32) / 2  # not 1, whose quantile is infinite
    above = [quantile(p) for p in torch.linspace(top, 0.5, 9)[:-1].tolist()]  # 8
    below = [-quantile(p) for p in torch.linspace(top, 0.5, 8)[:-1].tolist()]  # 7
    levels = torch.tensor(sorted([*below, 0.0, *above]))
    return levels / levels.max()


# %% tags=["nbval-check-output"]
levels = nf4_levels()
theirs = bnb.get_4bit_type("nf4", device="cpu")  # a table in the library's source
torch.testing.assert_close(levels, theirs, rtol=0, atol=1e-6)
print("above zero:", [round(level, 2) for level in levels[8:].tolist()])

# %% [markdown]
# The first gap is 0.08, the last 0.28. As before, each block is divided by its $a$;
# then each number becomes the index of the nearest level. With levels in order, that
# means counting the midpoints between levels that lie below it, which `bucketize` does.
# In a block with $a = 0.5$, the weight 0.2 becomes 0.4, and the nearest level is 0.44,
# number 12: it comes back as 0.22.

# %%
levels = levels.to(device)
midpoints = (levels[1:] + levels[:-1]) / 2  # (15,)


def nf4_quantize(x, block=64):
    """Indices of levels as uint8 (blocks, block), and a of each block (blocks, 1)."""
    blocks = x.float().reshape(-1, block)
    a = blocks.abs().amax(dim=1, keepdim=True).clamp(min=1e-30)  # zeros stay zeros
    return torch.bucketize(blocks / a, midpoints).to(torch.uint8), a


def nf4(weights):
    """There and back."""
    codes, a = nf4_quantize(weights)
    return (levels[codes.long()] * a).reshape(weights.shape).to(weights.dtype)


with rounded(nf4):
    ours = perplexity(model)
print(f"error: even levels {error(w, blocks_of(4)):.1%}, NF4 {error(w, nf4):.1%}")
print(f"perplexity with NF4: {ours:.1f}")

# %% [markdown]
# How often is each level used?

# %%
even_codes, _ = quantize_blocks(w, 4, 64)  # -7 to 7
nf4_codes, _ = nf4_quantize(w)  # 0 to 15
figure, axes = plt.subplots(2, 1, figsize=(7, 4.2), sharex=True, sharey=True)
used = torch.bincount(even_codes.flatten().int().cpu() + 7, minlength=15)
axes[0].bar(torch.arange(-7, 8) / 7, 100 * used / w.numel(), width=0.03)
used = torch.bincount(nf4_codes.flatten().int().cpu(), minlength=16)
axes[1].bar(levels.cpu(), 100 * used / w.numel(), width=0.03, color=plots.GREEN)
axes[0].set_title("NF4 puts its levels where the weights are")
axes[0].set_ylabel("even: share (%)")
axes[1].set_ylabel("NF4: share (%)")
axes[1].set_xlabel("level, as a fraction of the block's largest weight")
plots.show(
    figure,
    "Share of weights on each level. Above, evenly spaced levels: the middle ones are "
    "used most, the outer ones hardly. Below, the levels of NF4: close together near "
    "zero, wider apart outside, and used more equally.",
)

# %% [markdown]
# No type of PyTorch has four bits, so two codes share a byte: 3 and 10 become $3 \cdot
# 16 + 10 = 58$, the first code in the upper half.

# %%
pairs = nf4_codes.reshape(-1, 2)
packed = pairs[:, 0] * 16 + pairs[:, 1]  # uint8: 15 * 16 + 15 is 255, just
print(f"{w.numel():,} weights in {packed.numel():,} bytes, and {w.numel() // 64:,} a's")

# %% [markdown]
# <!-- exercise: unpack_codes -->
#
# The way back is yours. `packed` has any number of bytes.


# %%
def unpack_codes(packed):
    """uint8 (n,) -> the codes 0 to 15 in their old order, uint8 (2n,)."""
    raise NotImplementedError


ex = here.exercise("unpack_codes")
ex.check(unpack_codes)

# %%
# ex.hint()
# ex.solution()
unpack_codes = ex.use(unpack_codes)

# %% [markdown]
# With it we can read what bitsandbytes has packed, and compare every code:

# %%
theirs, state = bnb.quantize_4bit(w, blocksize=64, quant_type="nf4")
same = unpack_codes(theirs.flatten()) == nf4_codes.flatten()
assert same.float().mean() > 0.999  # where a weight lies on a midpoint, either will do
back = bnb.dequantize_4bit(theirs, state)
torch.testing.assert_close(nf4(w).flatten()[same], back.flatten()[same])
print(f"{same.numel():,} codes, {int((~same).sum())} of them not the same")

# %% [markdown]
# ## Where the error is, and where the harm is
#
# One kind of matrix, `down_proj`, through all layers:

# %%
schemes = {"even, one step": one_step, "even, blocks": blocks_of(4), "NF4, blocks": nf4}
downs = [part.weight.data.float() for name, part in linears.items() if "down" in name]
figure, ax = plt.subplots()
for name, change in schemes.items():
    ax.plot([100 * error(weights, change) for weights in downs], label=name)
ax.set(xlabel="layer", ylabel="relative error (%)", ylim=(0, 120))
ax.set_title("With a step for every block, all layers err alike")
ax.legend(ncols=3, loc="upper center")
plots.show(
    figure,
    "Relative error of the down matrix in 4 bits, by layer. With one step for the "
    "matrix it is large and differs from layer to layer; with blocks it is small and "
    "flat, and NF4's is the lowest.",
)
del downs

# %% [markdown]
# So the rounding treats all layers alike. Does the model? We round one kind of matrix
# at a time to 3 bits, in all layers. Which hurts most?

# %%
kinds = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
my_guess = None
here.predict("fragile_kind", my_guess, choices=kinds)

# %%
probe = windows[: settings.probe_windows, : settings.probe_tokens]
before = perplexity(model, probe)
n_layers = model.config.num_hidden_layers
some = torch.linspace(0, n_layers - 1, settings.probe_layers).round().int().tolist()
places = [*kinds, *(f"layers.{number}." for number in some)]
harm = {}  # place -> rise of the perplexity in percent
for place in training.progress(places):
    with rounded(blocks_of(3), place):
        harm[place] = 100 * (perplexity(model, probe) / before - 1)

# %%
figure, axes = plt.subplots(1, 2, figsize=(8, 3.6))
axes[0].barh(kinds[::-1], [harm[kind] for kind in kinds[::-1]])
axes[0].set(xlabel="rise of perplexity (%)")
axes[0].set_title("3 bits in one kind of matrix …")
axes[1].bar([str(n) for n in some], [harm[f"layers.{n}."] for n in some])
axes[1].axhline(0, color="gray", linewidth=1)
axes[1].set(xlabel="layer", ylabel="rise of perplexity (%)")
axes[1].set_title("… or in one layer")
plots.show(
    figure,
    "Rise of the perplexity when one kind of matrix, or one layer, is rounded to 3 "
    "bits: kinds and layers differ severalfold.",
)
here.outcome("fragile_kind", max(kinds, key=harm.get))

# %%
worst, least = max(kinds, key=harm.get), min(kinds, key=harm.get)
print(f"{worst} hurts most: {harm[worst]:+.0f} %, {least} least: {harm[least]:+.0f} %")
in_layers = {place: value for place, value in harm.items() if place not in kinds}
fragile = max(in_layers, key=in_layers.get).strip(".")
print(f"of the layers tried, {fragile} breaks first: {max(in_layers.values()):+.0f} %")
same_kind = [
    linears[f"layers.{layer}.{where}"]
    for where in (
        "self_attn.q_proj",
        "self_attn.o_proj",
        "mlp.gate_proj",
        "mlp.down_proj",
    )
]
errors = [error(part.weight.data.float(), blocks_of(3)) for part in same_kind]
print(f"errors of q, o, gate, down at 3 bits: {', '.join(f'{e:.0%}' for e in errors)}")

# %% [markdown]
# Errors alike, harm not: how far a weight is off does not say how much the model relies
# on it. (From so few tokens the order is not to be trusted, the inequality is.) Formats
# that mix numbers of bits live on this difference.
#
# ## Outlier features
#
# Not only weights have outliers. The vectors that travel from layer to layer, one for
# each token, have `hidden_size` entries, or *channels*. How large is each channel where
# the q matrices receive it, averaged over the tokens of a text? (The first token is
# left out: models of this kind give it enormous values of its own.)

# %%
received = {}


def keep(module, inputs):
    """A hook: called before a matrix is used, with what it is given."""
    received[module] = inputs[0][0, 1:].float()  # (tokens - 1, hidden_size)


readers = [block.self_attn.q_proj for block in model.model.layers]
hooks = [part.register_forward_pre_hook(keep) for part in readers]
perplexity(model, windows[:1])
for hook in hooks:
    hook.remove()
vectors = [received[part] for part in readers]

# %%
# mean size of each channel in each layer: (layers, hidden_size)
size_of = torch.stack([h.abs().mean(dim=0) for h in vectors]).cpu()
usual = size_of.median(dim=1).values  # (layers,)
ranked = (size_of / usual[:, None]).mean(dim=0).argsort(descending=True)
top, following = ranked[:3], ranked[3:6]

figure, ax = plt.subplots()
for channel in top.tolist():
    ax.plot(size_of[:, channel], label=f"channel {channel}")
ax.plot(usual, color="gray", linestyle="--", label="median of all channels")
ax.set(yscale="log", xlabel="layer", ylabel="mean size over tokens")
n = size_of.shape[1]
ax.set_title(f"Of {n} channels, the same few stand out in layer after layer")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(
    figure,
    "Mean absolute value of the q matrices' inputs by layer, on a logarithmic scale: "
    "three channels lie far above the median channel in most layers.",
)

# %% [markdown]
# Such a channel, many times larger than the others for most tokens, is an *outlier
# feature*. To rounding, it is what 12.7 was to 0.053: it dictates the step of its whole
# vector.

# %%
h = vectors[layer]  # (tokens - 1, hidden_size)
calm = h.clone()
calm[:, top] = 0  # as if the three were kept elsewhere, in 16 bits
for name, kept in (("all channels", h), ("without the three", calm)):
    steps = kept.abs().amax(dim=1, keepdim=True) / 127
    lost = ((h / steps).round() == 0).float().mean()
    print(f"8 bits, {name}: {lost:.0%} of the entries become 0")
over = max(int((h.abs().amax(dim=0) >= 6).sum()) for h in vectors)
print(f"channels with an entry of 6 or more: at most {over} in a layer")

# %% [markdown]
# That hurts where the vectors are rounded as well, as arithmetic in int8 needs. Could
# one do without these three channels? Set to zero after every layer, for all tokens but
# the first: what happens to the perplexity?

# %%
my_guess = None
here.predict("without_outliers", my_guess, choices=factors)


# %%
def without(channels):
    """Perplexity with these channels set to zero after every layer."""

    def silence(module, inputs, output):
        output[:, 1:, channels.to(output.device)] = 0
        return output

    hooks = [block.register_forward_hook(silence) for block in model.model.layers]
    value = perplexity(model)
    for hook in hooks:
        hook.remove()
    return value


middle = ranked[len(ranked) // 2 :][:3]
cut = without(top)
here.outcome("without_outliers", factor(cut / reference))
print(f"without the three largest channels: {reference:.1f} -> {cut:,.0f}")
print(
    f"without the next three:             {reference:.1f} -> {without(following):,.1f}"
)
print(f"without three from the middle:      {reference:.1f} -> {without(middle):,.1f}")

# %% [markdown]
# They are no accident to be tidied away. So bitsandbytes' int8 does the opposite: a
# channel with an entry of at least 6 is multiplied in 16 bits, all others in 8
# (`llm_int8_threshold`). NF4 avoids the question: only weights are rounded.
#
# ## Scales have a price, too
#
# The $a$ of each block is a 32-bit number. For blocks of 64, NF4 takes $4 + 32/64 =
# 4.5$ bits a weight. *Double quantization* stores each $a$ in 8 bits, counted from the
# mean of all, in groups of 256 $a$'s that share one 32-bit number.
#
# <!-- exercise: double_scales -->
#
# How many bits does a weight take then, all included? Three decimals.

# %%
answer = None

ex = here.exercise("double_scales")
ex.check(answer)

# %%
# ex.hint()
# ex.solution()
double_bits = float(ex.use(answer))

# %% [markdown]
# ## The library's way
#
# One argument to `from_pretrained` does it all: each matrix is rounded as it is loaded.
# We compute the size from shapes, and sum up the bytes of every tensor that the loaded
# model holds.


# %%
def tensor_mb(model):
    """MB of all tensors, each once, with those that quantized weights keep aside."""
    found = [*model.parameters(), *model.buffers()]
    for weight in model.parameters():
        state = getattr(weight, "quant_state", None)  # NF4's a's and levels
        for part in (weight, state, getattr(state, "state2", None)):
            values = vars(part).values() if part is not None else ()
            found += [value for value in values if torch.is_tensor(value)]
    return sum({tensor.data_ptr(): tensor.nbytes for tensor in found}.values()) / 1e6


def computed_mb(bits):
    """MB with so many bits for a weight of a linear layer, and the rest as it is."""
    rest = torch.finfo(dtype).bits
    return (n_linear * bits + (n_all - n_linear) * rest) / 8 / 1e6


# %%
def measure(model, bits):
    """What a variant of the model costs, and what it is worth."""
    held = tensor_mb(model)  # before its first use, which may rearrange them
    start = time.perf_counter()
    value = perplexity(model)
    return {
        "computed": computed_mb(bits),
        "held": held,
        "library": model.get_memory_footprint() / 1e6,
        "perplexity": value,
        "seconds": time.perf_counter() - start,
    }


rows = sum(part.out_features for part in linears.values())  # int8: an a for each
whole = dtype_name  # for the model as it was
results = {whole: measure(model, torch.finfo(dtype).bits)}
said = {whole: reply(model, question)}
model, linears = None, {}  # the next ones need its memory
gc.collect()
print(f"{whole}: {results[whole]['computed']:.1f} MB computed, ", end="")
print(f"{results[whole]['held']:.1f} MB held")

# %% [markdown]
# The model is gone from memory; to run a cell above again, start at the one with `model
# = load()`. Three variants come next, one after the other. Of all the bytes of this
# model, how many will its NF4 variant keep, in percent?

# %%
my_guess = None
here.predict("bytes_kept", my_guess, unit="%")

# %%
# int8 tells at every call that it casts float32 to float16: once is enough
logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
four_bits = {
    "load_in_4bit": True,
    "bnb_4bit_quant_type": "nf4",
    "bnb_4bit_compute_dtype": dtype,
}
variants = {  # name: (bits a weight, options)
    "int8": (8 + 32 * rows / n_linear, {"load_in_8bit": True}),
    "NF4": (4.5, four_bits),
    "NF4, double": (double_bits, four_bits | {"bnb_4bit_use_double_quant": True}),
}
for name, (bits, options) in training.progress(variants.items()):
    empty = torch.cuda.memory_allocated() if device == "cuda" else 0
    model = load(**options)
    if device == "cuda":
        taken = torch.cuda.memory_allocated() - empty
        print(f"{name}: {taken / 1e6:.1f} MB of the card are taken")
    results[name] = measure(model, bits)
    if name in ("int8", "NF4"):
        said[name] = reply(model, question)
    part = model.model.layers[layer].mlp.up_proj  # one layer, to look at later
    model = None
    gc.collect()

# %%
print(f"{'':<12} computed (MB) | held (MB) | library says (MB) | perplexity")
for name, found in results.items():
    columns = ("computed", "held", "library", "perplexity")
    print(f"{name:<12}", *(f"{found[column]:13.1f}" for column in columns))

# %% [markdown]
# Computed and held agree but for some tables of levels. What the library says is its
# `get_memory_footprint()`, which sees parameters and buffers: the $a$'s of NF4 are in
# `weight.quant_state` and are neither, so both variants of NF4 look alike to it.

# %%
size_kept = results["NF4"]["held"] / results[whole]["held"]
here.outcome("bytes_kept", 100 * size_kept, close=0.1)
embedded = (n_all - n_linear) * torch.finfo(dtype).bits / 8 / 1e6
print(f"of {results['NF4']['held']:.0f} MB, {embedded:.0f} MB are not rounded at all")

# %% [markdown]
# A small model has a large share in its embedding, which nobody has rounded. In
# Llama-3.1-8B, embedding and output layer are an eighth of all weights.

# %%
figure, ax = plt.subplots(figsize=(7, 4))
mb = [computed_mb(bits + 32 / 64) for bits in even]
ax.plot(mb, list(even.values()), "o--", color="gray", label="even levels, blocks of 64")
for bits, across, up in zip(even, mb, even.values(), strict=True):
    place = {"xytext": (4, 6), "textcoords": "offset points", "fontsize": 9}
    ax.annotate(f"{bits} bits", (across, up), **place)
for name, found in results.items():
    label = f"{name}: {found['held']:.0f} MB, {found['perplexity']:.1f}"
    ax.plot(found["held"], found["perplexity"], "o", markersize=9, label=label)
ax.set(xscale="log", yscale="log", xlabel="size of all weights (MB)")
ax.set(ylabel="perplexity", xlim=(0.75 * min(mb), 1.2 * results[whole]["held"]))
ax.set_ylim(0.8 * reference, 1.4 * min(max(even.values()), 20 * reference))
for axis in (ax.xaxis, ax.yaxis):
    axis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 5, 7)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter("{x:g}")
ratio = results["NF4"]["perplexity"] / results[whole]["perplexity"]
ax.set_title(f"NF4 keeps {size_kept:.0%} of the bytes; perplexity {ratio - 1:+.0%}")
ax.legend()
plots.show(
    figure,
    "Perplexity against the size of the weights, both logarithmic: 8 bits cost little; "
    "the variants of NF4 lie close together, smaller and somewhat higher; "
    "evenly spaced levels rise steeply as their bits get few.",
)
here.metric("nf4_perplexity_ratio", ratio, untrained=ruined / reference)

# %%
print(f"NF4: our own {ours:.1f}, the library's {results['NF4']['perplexity']:.1f}")
for name, text in said.items():
    print(f"{name}: {text}")
slower = results["NF4"]["seconds"] / results[whole]["seconds"]
print(f"NF4 took {slower:.1f} times as long to read the text (timed once: roughly).")

# %% [markdown]
# The library's int8 takes one $a$ for each row and rounds the vectors as well, so it
# need not be as good as our eight bits in blocks. One answer proves little: where two
# tokens were nearly equal, any rounding may turn the order, and all that follows
# changes.
#
# And the time? Nobody multiplies in four bits here. This is what a layer holds, and
# what it does each time that it is used:

# %%
print(f"{type(part).__name__}: {part.weight.dtype}, computes in {part.compute_dtype}")
print("for each use: bytes -> codes -> levels · a -> a matrix -> the product")

# %% [markdown]
# Turning back costs time, and saves reading. Which of the two wins depends on the
# processor, the program, and how many tokens use a matrix once it is read. Where a text
# is written token by token on a card, memory bandwidth is the limit, and a quarter of
# the bytes may be the quicker way.
#
# ## What the card can hold
#
# Weights alone, with every one of them in the linear layers, computed:

# %% tags=["nbval-check-output"]
print("billions   16 bits     int8      NF4   NF4, double quantization (GB)")
for billions in (1, 3, 8, 14, 32, 70):
    gb = [billions * bits / 8 for bits in (16, 8, 4.5, 4.127)]
    marks = [f"{value:6.1f}{'*' if value < card_gb else ' '}" for value in gb]
    print(f"{billions:>8}   {'  '.join(marks)}")
print(f"* below {card_gb:.1f} GB")

# %% [markdown]
# Other things come on top: the values between layers, and a memory of the text so far
# that grows with its length. A 70B model "in 12 GB" would have 1.5 bits a weight; in
# four it takes 36 GB, and what does not fit is fetched from elsewhere for every token.
#
# <!-- exercise: too_good -->
#
# A colleague loads a model of eight billion weights, a file of 16 GB: "With my four-bit
# option the perplexity is the same to all five digits, 6.2413, and
# `get_memory_footprint()` says 16.1 GB, but we know that this figure leaves things
# out." What do you think?

# %%
answer = None

ex = here.exercise("too_good")
ex.check(answer)

# %%
# ex.hint()
# ex.solution()

# %% [markdown]
# ## Exit task
#
# <!-- exercise: scale_and_offset -->
#
# Absmax wastes codes on a block whose numbers lie all on one side, such as 3 to 5. Many
# files (Q4_1 is such a format) store a block with *two* numbers instead, and spread
# $2^b$ evenly spaced levels from its smallest number to its largest, both ends
# included. Send `x` there and back that way: return what it looks like afterwards, in
# its old shape. `block` divides its size, and a block may hold one number many times
# over.


# %%
def min_max_round(x, bits=4, block=32):
    """x, each block rounded to 2**bits even levels between its smallest and largest."""
    raise NotImplementedError


ex = here.exercise("scale_and_offset")
ex.check(min_max_round)

# %%
# ex.hint()
# ex.solution()

# %% [markdown]
# ## The bill

# %%
here.bill()

# %% [markdown]
# ## To take with you
#
# - A weight costs its bits and its share of the scales: 4.5 in NF4, 4.127 with double
#   quantization. Embedding and output layer stay at 16 or 32.
# - One large value dictates the step of all that share it. Blocks keep the damage
#   local, levels placed by the normal distribution use 16 codes well, and outlier
#   features are left in 16 bits, because the model needs them.
# - Four bits save memory, and the reading of it; the arithmetic is done in 16 or 32.
#
# **An honest limitation.** One text, and not much of it; one small model, which loses
# more by rounding than large ones are reported to, and perhaps a copy that had been
# rounded before. And a perplexity does not say which facts or skills went missing.
#
# **Our default.** NF4 with double quantization, if the model does not fit in 16 bits;
# int8 if it fits in 8 and quality counts. Where it fits as it is, leave it as it is.
#
# **To go deeper.** Dettmers and others, [LLM.int8()](https://arxiv.org/abs/2208.07339),
# on outlier features, and [Efficient Finetuning of Quantized
# LLMs](https://arxiv.org/abs/2305.14314), on NF4. Yoshida, [NF4 Isn't Information
# Theoretically Optimal (and that's Good)](https://arxiv.org/abs/2306.06965), on what
# the bell curve gets wrong about blocks.
