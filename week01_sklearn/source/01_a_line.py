# %% [markdown]
# # A line
#
# Somebody hands you a table and asks for a number that is not in it: what does a house
# cost where a household earns 50,000 dollars a year? One answer is a straight line
# through the dots. But which line is the best one, how does a computer find it, and how
# far can you trust what it says?
#
# After this lesson you can:
#
# - say in one number how badly a line fits, and why that number squares the errors;
# - derive a gradient on paper, and check it by nudging;
# - write gradient descent in NumPy, and tell from its path whether the rate suits;
# - fit many columns with `LinearRegression`, and find the same weights yourself;
# - read coefficients and residuals without claiming more than they say.

# %% tags=["parameters"]
TIER = None

# %%
from course import lesson

here = lesson("week01_sklearn/01_a_line", tier=TIER)

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import train_test_split

from course import plots

california = here.load("california")
settings = here.settings  # change any of them in a cell of your own

# %% [markdown]
# The table is about California in the census of 1990, one row for each district of some
# hundreds of households. (If a banner says that other data stand in for it, the rows
# are its patients.) In Python it is a *data frame*, a table whose columns have names.

# %%
frame = california.frame
print(f"{len(frame):,} {settings.examples}, {frame.shape[1]} columns")
frame.head(3)

# %%
used = [california.target, *settings.features]
for column in used:
    print(f"{column:20} {california.about[column]}")
for column in frame.columns.difference(used):
    print(f"left out: {column:10} {california.about[column]}")

# %% [markdown]
# The one listed first is the *target*, the number to predict; "all columns" below means
# those listed after it. What is left out has gaps or words in it, which this week's
# lesson on the Titanic deals with. And a column may only be used if it is known when
# the prediction is made. A fifth of the rows is put aside as test set.

# %%
train, test = train_test_split(
    frame, test_size=settings.test_share, random_state=settings.seed
)
x = train[settings.feature].to_numpy(dtype=float)  # (n,)
y = train[california.target].to_numpy(dtype=float) / settings.scale  # (n,)


def dots(ax):
    """The training examples as grey dots, with their axes named."""
    ax.plot(x, y, ".", color="#8c959f", markersize=4, alpha=settings.ink)
    ax.set(xlabel=settings.x_label, ylabel=f"{settings.y_label} ({settings.unit})")


figure, ax = plt.subplots()
dots(ax)
ax.set_title(f"Which line would you draw through {len(x):,} {settings.examples}?")
plots.show(figure, "A cloud of dots that rises from left to right and scatters widely.")

# %% [markdown]
# ## Warm-up
#
# Three questions on the lesson before. Put a letter for each hyphen; leave one where
# you would have to guess.

# %%
here.warm_up("---")

# %% [markdown]
# ## By eye
#
# A line has two numbers: the *slope* $w$, by how much it rises for each unit to the
# right, and the *intercept* $b$, its height at $x = 0$. Both are weights, the
# adjustable numbers of a model:
#
# $$\text{prediction} = w\,x + b$$
#
# Ours is a poor line. Put your own two numbers in place of `settings.by_eye`, and run
# the cell until the line looks right to you.

# %% tags=["try"]
w_eye, b_eye = settings.by_eye  # your own: w_eye, b_eye = 50, 0

figure, ax = plt.subplots()
dots(ax)
ends = np.array([x.min(), x.max()])
ax.plot(ends, w_eye * ends + b_eye, color=plots.RED)
ax.set_ylim(0, 1.05 * y.max())
ax.set_title(f"Slope {w_eye:g}, intercept {b_eye:g}: does it run through the middle?")
plots.show(figure, "The same cloud, and a red line with the slope and intercept set.")

# %% [markdown]
# ## One number for how wrong a line is
#
# Take three points, small enough for paper, and the line $w = 1,\ b = 1$:
#
# | $x$ | $y$ | prediction $x + 1$ | error | squared error |
# |---|---|---|---|---|
# | 1 | 2 | 2 | 0 | 0 |
# | 2 | 3 | 3 | 0 | 0 |
# | 3 | 7 | 4 | −3 | 9 |
#
# The *error* is the prediction minus the truth. Errors of opposite sign would cancel in
# a sum, so each is squared first: the *squared error*. The mean of the last column is
# 9/3 = 3. A number that says how wrong a model is on some examples is called its
# *loss*; here it is the mean squared error. For $n$ examples:
#
# $$L(w, b) = \frac{1}{n} \sum_{i=1}^{n} (w\,x_i + b - y_i)^2$$


# %% tags=["nbval-check-output"]
def mse(w, b, x, y):
    """The loss of the line w * x + b: its mean squared error."""
    error = w * x + b - y  # (n,)
    return np.mean(error**2)


x3, y3 = np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 7.0])
assert np.isclose(mse(1, 1, x3, y3), mean_squared_error(y3, 1 * x3 + 1))
print(f"loss on the three points: {mse(1, 1, x3, y3):g}")

# %% [markdown]
# Why the square, and not the plain distance? Five prices are 1, 2, 3, 4 and 40, and one
# number is to stand for all of them:

# %% tags=["nbval-check-output"]
prices = np.array([1, 2, 3, 4, 40])
for guess in (2, 3, 4, 9, 10, 11):
    error = guess - prices
    print(f"guess {guess:2}: distances {np.abs(error).sum()}, squares {error @ error}")

# %% [markdown]
# The distances favour 3, the value in the middle, which does not care whether the last
# price is 40 or 40,000. The squares favour 10, the mean, and an error of 30 counts as
# much as nine of 10. So a line with the smallest squared error avoids large misses, and
# one wild value can drag it along. In return the square's slope exists everywhere and
# shrinks towards the minimum, so that small steps can find it.
#
# The loss is in squared units. Its root is in the target's own unit again, the *root
# mean squared error* or RMSE. Large misses count more in it, so it is larger than the
# mean distance.


# %%
def rmse(w, b):
    """The root mean squared error of a line on the training set."""
    return np.sqrt(mse(w, b, x, y))


mean_error, distance = rmse(0, y.mean()), np.abs(w_eye * x + b_eye - y).mean()
print(f"by eye: RMSE {rmse(w_eye, b_eye):.1f}, mean distance {distance:.1f}", end=" ")
print(f"{settings.unit}; always the mean, {y.mean():.1f}: RMSE {mean_error:.1f}")

# %% [markdown]
# *Always the mean* is the baseline, a flat line that looks at no column at all. Call
# its RMSE 100 %. How much of it will the *best* of all straight lines leave, in
# percent?

# %%
my_guess = None
here.predict("error_left", my_guess, unit="%")

# %% [markdown]
# ## Every line is a point
#
# The points are given, so the loss depends on two numbers only, $w$ and $b$: it is a
# map on which each place is a line. A grid of 61 slopes and 61 intercepts makes 3,721.


# %%
def surface(ax, height, slopes, intercepts):
    """Lines of equal height(w, b), and a star at the lowest point of the grid."""
    w_grid, b_grid = np.linspace(*slopes, 61), np.linspace(*intercepts, 61)
    heights = np.array([[height(w, b) for w in w_grid] for b in b_grid])  # (61, 61)
    levels = np.linspace(heights.min(), heights.max(), 18)[1:]
    ax.contour(w_grid, b_grid, heights, levels=levels, colors="#b8b8b0", linewidths=1)
    row, column = np.unravel_index(heights.argmin(), heights.shape)
    ax.plot(w_grid[column], b_grid[row], "*", color=plots.RED, ms=13, fillstyle="none")
    ax.set(xlim=slopes, ylim=intercepts, xlabel="slope w", ylabel="intercept b")
    ax.grid(False)
    return w_grid[column], b_grid[row]


figure, ax = plt.subplots()
w_low, b_low = surface(ax, rmse, settings.slopes, settings.intercepts)
ax.plot(w_eye, b_eye, "o", color=plots.BLUE, markersize=9)
ax.annotate(" by eye", (w_eye, b_eye), color=plots.BLUE, va="bottom")
ax.set_title("The loss of all lines is a narrow valley")
plots.show(
    figure,
    "Lines of equal loss over slope and intercept: a narrow, slanting valley. A star "
    "marks its lowest point, a dot the line drawn by eye.",
)

# %%
lowest = rmse(w_low, b_low)
here.outcome("error_left", 100 * lowest / mean_error, close=0.1)
print(f"best on the grid: w = {w_low:.1f}, b = {b_low:.1f}, RMSE {lowest:.1f}")

# %% [markdown]
# A grey line joins places of equal loss, in even steps of the RMSE: where they lie
# close, the ground is steep. (The true lowest point lies between two places of the
# grid.) Even there most of the error is left: "best" says nothing about good.
#
# Trying all lines works for two weights. With seven columns and an intercept, 61 values
# each are 61⁸, about 192 million million lines. We need a way down without looking
# everywhere, as one feels with a foot in fog.
#
# ## Which way is down
#
# Raise one number by very little, and see how much the loss changes. Change of the loss
# over change of the number is a slope, the derivative. For the three points and $w =
# 1,\ b = 1$:


# %% tags=["nbval-check-output"]
def nudged(w, b, x, y, h=1e-6):
    """The slopes of the loss in w and in b, by raising each a little."""
    now = mse(w, b, x, y)
    return (mse(w + h, b, x, y) - now) / h, (mse(w, b + h, x, y) - now) / h


slope_w, slope_b = nudged(1, 1, x3, y3)
print(f"slope in w {slope_w:.2f}, slope in b {slope_b:.2f}")

# %% [markdown]
# Together they are the *gradient* of the loss.  Both are negative: raise either number,
# and the loss falls.
#
# Nudging costs a pass over all examples for each weight, and a language model has
# billions of them. A formula gives all slopes in one pass. It comes from the chain
# rule: slopes of things done one after another multiply. For one example:
#
# - raise $w$ by a little, and the error $e = w\,x + b - y$ rises $x$ times as much;
# - raise $e$ by a little, and $e^2$ rises $2e$ times as much;
# - so $e^2$ rises $2e \cdot x$ times as much as $w$. Raising $b$ moves $e$ once as
#   much, which makes $2e \cdot 1$.
#
# The loss is a mean over the examples, and so is its slope; $\partial L / \partial w$
# is the slope in $w$, with $b$ held fixed:
#
# $$\frac{\partial L}{\partial w} = \frac{2}{n} \sum_i e_i\, x_i \qquad\qquad
# \frac{\partial L}{\partial b} = \frac{2}{n} \sum_i e_i$$
#
# On paper, with the errors 0, 0 and −3 from the table, times $x$: 0, 0 and −9. The
# slope in $w$ is two thirds of their sum, −6, and that in $b$ is two thirds of the
# errors' sum, −2. The nudges agree.
#
# <!-- exercise: line_gradient -->
#
# The two formulas as code: fill in the last lines. `np.mean` does the sum and the
# division by $n$.


# %%
def line_gradient(w, b, x, y):
    """The slopes of the mean squared error in w and in b, as a pair of numbers."""
    error = w * x + b - y  # (n,), as in mse
    raise NotImplementedError  # return slope_w, slope_b


ex = here.exercise("line_gradient")
ex.check(line_gradient)

# %%
# ex.hint()
# ex.solution()
line_gradient = ex.use(line_gradient)  # ours, where yours does not pass yet

# %% [markdown]
# A formula derived by hand is checked by nudging, once, at numbers picked at random:

# %%
by_formula, by_nudging = line_gradient(2, 5, x, y), nudged(2, 5, x, y)
np.testing.assert_allclose(by_formula, by_nudging, rtol=1e-3)
print("formula", np.round(by_formula, 1), "nudging", np.round(by_nudging, 1))

# %% [markdown]
# ## One step down, and many
#
# Where a slope is positive, the loss rises with that weight, and where it is negative,
# the loss falls. So a step goes against the gradient. How far? Gradient times a factor
# that we choose, the *learning rate* $\eta$ (eta):
#
# $$w \leftarrow w - \eta\, \frac{\partial L}{\partial w} \qquad\qquad
# b \leftarrow b - \eta\, \frac{\partial L}{\partial b}$$
#
# On the three points, from $w = 1,\ b = 1$ with $\eta = 0.1$: $w = 1 - 0.1 \cdot (-6) =
# 1.6$, and $b = 1 - 0.1 \cdot (-2) = 1.2$.

# %% tags=["nbval-check-output", "try"]
rate = 0.1  # try 0.01 and 0.05; then put 0.1 back
slope_w, slope_b = line_gradient(1, 1, x3, y3)
w_new, b_new = 1 - rate * slope_w, 1 - rate * slope_b
print(f"w = {w_new:.2f}, b = {b_new:.2f}")
print(f"loss {mse(1, 1, x3, y3):.2f} before, {mse(w_new, b_new, x3, y3):.2f} after")

# %% [markdown]
# <!-- exercise: one_step -->
#
# On paper, or with Python as a calculator: the *next* step starts at $w = 1.6,\ b =
# 1.2$, again with $\eta = 0.1$ and the three points. What is $w$ after it, to two
# decimals?

# %%
answer = None

ex = here.exercise("one_step")
ex.check(answer)

# %%
# ex.hint()
# ex.solution()

# %% [markdown]
# Step after step, each with the gradient of the place just reached: that is *gradient
# descent*.


# %%
def descend(x, y, rate, steps, w=0.0, b=0.0):
    """The points (steps + 1, 2) that gradient descent visits, each one w and b."""
    path = [(w, b)]
    for _ in range(steps):
        slope_w, slope_b = line_gradient(w, b, x, y)
        w, b = w - rate * slope_w, b - rate * slope_b
        path.append((w, b))
    return np.array(path)


path = descend(x, y, settings.raw_rates[0], settings.raw_steps, *settings.start)
figure, ax = plt.subplots()
surface(ax, rmse, settings.slopes, settings.intercepts)
ax.plot(*path.T, "o-", color=plots.BLUE, markersize=4, linewidth=1)
ax.set_title(f"{settings.raw_steps} steps: down to the floor at once, then a crawl")
plots.show(
    figure,
    "The valley with the path of gradient descent: its first steps reach the floor, "
    "the others lie close together and end far from the star.",
)

# %%
print(f"RMSE there {rmse(*path[-1]):.1f}, at the star {lowest:.1f} {settings.unit}")

# %% [markdown]
# Across the valley the ground is steep, so the first steps are long. (They would run
# straight across the grey lines if both axes had the same scale.) Along its floor it is
# nearly level, and steps shrink with the slope. With the second of `settings.raw_rates`
# in place of the first, where will the same number of steps end?

# %%
places = ["at the star, or nearly", "about twice as far along", "far outside the map"]
my_guess = None
here.predict("double_rate", my_guess, choices=places)

# %%
with np.errstate(over="ignore", invalid="ignore"):
    faster = descend(x, y, settings.raw_rates[1], settings.raw_steps, *settings.start)
    before, after = rmse(*faster[0]), rmse(*faster[-1])
outside = not after < before  # also where it is no number any more
near = after < 1.005 * lowest
here.outcome("double_rate", places[2 if outside else 0 if near else 1])
print(f"rate {settings.raw_rates[1]:g} in place of {settings.raw_rates[0]:g}")
print("RMSE of the first steps:", *(f"{rmse(*place):,.0f}" for place in faster[:6]))
print(f"RMSE at the start {before:,.0f}, at the end {after:,.0f}")

# %% [markdown]
# On the steep side each step leaps across the valley and lands higher than it started;
# there the slope is greater still, and the next leap is longer. So the steep direction
# limits the rate, and along the level one that rate is far too small.
#
# ## A rounder valley
#
# Why is it narrow? All $x$ lie on one side of 0. Raise the slope a little, and the line
# rises at *every* dot, so $b$ has to make up for it. If 0 lay in the middle of the
# dots, $w$ would only turn the line about that middle, and $b$ only lift it.
#
# So we measure $x$ with another ruler, from its mean in units of its standard
# deviation.

# %%
middle, spread = x.mean(), x.std()
z = (x - middle) / spread  # (n,): mean 0, standard deviation 1
print(f"x from {x.min():.1f} to {x.max():.1f}, z from {z.min():.1f} to {z.max():.1f}")
print(f"{np.mean(np.abs(z) < 2):.0%} of the dots lie between z = -2 and 2")

# %%
rates = {"creeps": 0.02, "arrives": 0.2, "leaps": 0.98, "climbs": 1.02}
limits = y.mean() * np.array([[-0.8, 1.6], [-0.8, 2.8]])  # of w and of b
figure, axes = plt.subplots(1, 4, figsize=(8, 3.6), sharey=True)
for ax, (name, rate) in zip(axes, rates.items(), strict=True):
    surface(ax, lambda w, b: np.sqrt(mse(w, b, z, y)), *limits)
    walk = descend(z, y, rate, settings.steps)
    ax.plot(*walk.T, "o-", color=plots.BLUE, markersize=4, linewidth=1)
    ax.annotate("  step 1", walk[1], va="center")
    ax.set(title=f"rate {rate:g} {name}", aspect="equal")
    ax.label_outer()
plots.show(
    figure,
    f"Paths of {settings.steps} steps on the same round bowl at four rates: 0.02 stops "
    "far short of the star, 0.2 arrives, 0.98 leaps to and fro and comes a little "
    "nearer each time, 1.02 leaps as well and climbs.",
)

# %% [markdown]
# The same rates and 0.5, as loss against steps:

# %%
figure, ax = plt.subplots()
styles = {0.02: "o-", 0.2: "o-", 0.5: "o-", 0.98: "x--", 1.02: "o-"}
for rate, style in styles.items():
    losses = [mse(w, b, z, y) for w, b in descend(z, y, rate, settings.steps)]
    ax.plot(losses, style, markersize=4, linewidth=1.5, label=f"rate {rate:g}")
ax.axhline(np.var(y), color="gray", linestyle="--", label="baseline")
ax.set(xlabel="steps", ylabel=f"loss ({settings.unit}, squared)", yscale="log")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
ax.set_title("A rate is too large where the loss rises")
plots.show(
    figure,
    "Loss against steps. The rates 0.02 and 0.98 fall slowly along the same curve, "
    "0.2 falls quickly, 0.5 in one step; 1.02 rises.",
)

# %% [markdown]
# The rates 0.02 and 0.98 give the same curve: one creeps, the other leaps from wall to
# wall. Only the path tells them apart. On this bowl the slope in each weight is twice
# the distance to the bottom, as the mean of $z$ is 0 and that of $z^2$ is 1. So a rate
# of 0.5 undoes that distance exactly, and a rate of 1 goes twice as far, to the
# opposite wall at the same height, for ever. Try other rates in the cells above.
#
# ## The library's line
#
# *Linear regression* is what we have been doing: predicting a number by weighing the
# inputs and adding up, with the weights whose squared errors are smallest. scikit-learn
# computes the lowest point directly, without steps (how: "Too good a fit"). To compare,
# our line has to go back to the old ruler. Multiply out $w_z (x - \text{middle}) /
# \text{spread} + b_z$: what stands before $x$ is the slope, the rest the intercept.

# %%
w_z, b_z = descend(z, y, rate=0.2, steps=100)[-1]
w, b = w_z / spread, b_z - w_z * middle / spread

line = LinearRegression().fit(train[[settings.feature]], y)
np.testing.assert_allclose([w, b], [line.coef_[0], line.intercept_], rtol=1e-6)
print(f"both: prediction = {w:.2f} x {b:+.2f}")
print(f"at x = {settings.asked}: {w * settings.asked + b:.0f} {settings.unit}")

# %% [markdown]
# An answer, but a poor one: what one column does not know, others may.
#
# ## Several columns
#
# With a weight for each column, the prediction for one row is a dot product: each value
# times its weight, added up, plus $b$. For all rows at once, with the table as a matrix
# $X$ of shape (n, columns), NumPy writes `X @ w + b`. With $w = (3, 0.5),\ b = 1$, the
# row $(2, 4)$ gives $3 \cdot 2 + 0.5 \cdot 4 + 1 = 9$:

# %% tags=["nbval-check-output"]
X2 = np.array([[2.0, 4.0], [0.0, 2.0], [1.0, 0.0]])  # three rows, two columns
print(X2 @ np.array([3.0, 0.5]) + 1)

# %% [markdown]
# In the gradient, the slope in $b$ stays as it was. For the weight of column $j$ the
# chain rule gives $\tfrac{2}{n} \sum_i e_i\, X_{ij}$: where $x$ stood, there is now
# this column. The sum is a dot product of the errors with the column. Here is one with
# other numbers, one for each row; `X2.T` has the columns of `X2` as its rows:

# %% tags=["nbval-check-output"]
per_row = np.array([10.0, 1.0, 100.0])  # (3,)
print("with column 0:", X2[:, 0] @ per_row)
print(f"with every column: {X2.T.shape} @ {per_row.shape} gives {X2.T @ per_row}")

# %% [markdown]
# <!-- exercise: matrix_gradient -->
#
# Write the gradient for any number of columns.


# %%
def gradient(w, b, X, y):
    """Slopes of the mean squared error of X @ w + b: an array like w, and a number."""
    raise NotImplementedError


ex = here.exercise("matrix_gradient")
ex.check(gradient)

# %%
# ex.hint()
# ex.solution()
gradient = ex.use(gradient)

# %% [markdown]
# All columns on that ruler, each by its own mean and deviation. A row of means is
# subtracted from every row of the table: broadcasting.

# %%
X = train[settings.features].to_numpy(dtype=float)  # (n, columns)
middles, spreads = X.mean(axis=0), X.std(axis=0)  # (columns,) each
Z = (X - middles) / spreads  # (n, columns)


def fit(Z):
    """Weights, intercept, and the steps until every slope is nearly level."""
    w, b = np.zeros(Z.shape[1]), 0.0
    for step in range(settings.all_steps):
        slopes_w, slope_b = gradient(w, b, Z, y)
        if np.abs([*slopes_w, slope_b]).max() < settings.level:
            return w, b, step
        w, b = w - settings.all_rate * slopes_w, b - settings.all_rate * slope_b
    return w, b, settings.all_steps


w_all, b_all, steps_all = fit(Z)
steps_line = fit(z[:, np.newaxis])[2]

# %%
model = LinearRegression().fit(train[settings.features], y)
not_there = "not at the bottom yet: more steps, or another rate"
np.testing.assert_allclose(w_all / spreads, model.coef_, rtol=1e-3, err_msg=not_there)
error = np.sqrt(mean_squared_error(y, Z @ w_all + b_all))
print(f"RMSE: one column {rmse(w, b):.1f}, {len(w_all)} columns {error:.1f}")
print(f"steps: one column {steps_line}, {len(w_all)} columns {steps_all}")

# %% [markdown]
# So the valley is narrow again. Some columns tell nearly the same story, as we shall
# see, and to measure each by itself does not mend that.
#
# ## What a coefficient says
#
# The weights of a linear regression are also called *coefficients*. Take the column
# `settings.studied`, alone in a line:

# %%
alone = LinearRegression().fit(train[[settings.studied]], y).coef_[0]
together = np.corrcoef(train[settings.studied], train[settings.companion])[0, 1]
print(f"{settings.studied} ({california.about[settings.studied]}) alone:")
print(f"   {alone:+.4f} {settings.unit} for one more of it")
print(f"its correlation with {settings.companion}: {together:.2f}")

# %% [markdown]
# So where this column is higher, so is the target, on average. (A correlation of 1
# means that two columns lie on one rising line, −1 on a falling one, 0 that no line
# tells anything.) What is its coefficient in the model with all columns?

# %%
fates = ["about the same", "smaller, with the same sign", "of the opposite sign"]
my_guess = None
here.predict("with_company", my_guess, choices=fates)

# %%
singles = [LinearRegression().fit(Z[:, [j]], y).coef_[0] for j in range(len(w_all))]
order = np.argsort(singles)
figure, ax = plt.subplots(figsize=(7, 4.2))
rows = np.arange(len(order))
ax.hlines(rows, np.array(singles)[order], w_all[order], color="#b8b8b0")
ax.plot(np.array(singles)[order], rows, "o", color=plots.SKY, label="alone")
ax.plot(w_all[order], rows, "D", color=plots.RED, label="with all columns")
ax.axvline(0, color=plots.INK, linewidth=1)
ax.set_yticks(rows, np.array(settings.features)[order])
ax.set_xlabel(f"coefficient ({settings.unit} for one standard deviation)")
ax.legend()
ax.set_title("A coefficient depends on the company it keeps")
plots.show(
    figure,
    "For each column two marks on one line, its coefficient alone and in the model "
    "with all columns. Several move far, and at least one crosses zero.",
)

# %%
joined = model.coef_[settings.features.index(settings.studied)]
same = joined * alone > 0
about = same and 0.8 < joined / alone < 1.25
here.outcome("with_company", fates[0 if about else 1 if same else 2])
print(f"{settings.studied}: {alone:+.4f} alone, {joined:+.4f} with all columns")

# %% [markdown]
# Neither is a mistake: they answer different questions. Alone, the coefficient compares
# rows with more and with less of this column, and *everything that goes along with it*.
# In company, it compares rows that are alike in all the other columns. With a companion
# this close, such rows are rare. Neither says what would happen if somebody *changed*
# the column: the rows were only observed.
#
# And a coefficient has a unit: here for one standard deviation of its column, in
# `model.coef_` for one unit of it.
#
# <!-- exercise: coefficient_says -->
#
# A shop that rents out bicycles fits its daily rentals on two columns of two years'
# records: rentals = 210 + 9 · temperature (°C) − 60 · rain (cm). Which sentence is true
# of this model?

# %%
answer = None

ex = here.exercise("coefficient_says")
ex.check(answer)

# %%
# ex.hint()
# ex.solution()

# %% [markdown]
# ## What the line leaves over
#
# Time for the test set, on the ruler of the training set. Its baseline is the training
# mean.

# %%
y_test = test[california.target].to_numpy(dtype=float) / settings.scale
Z_test = (test[settings.features].to_numpy(dtype=float) - middles) / spreads
predicted = Z_test @ w_all + b_all

error = np.sqrt(mean_squared_error(y_test, predicted))
untrained = np.sqrt(np.mean((y_test - y.mean()) ** 2))
print(f"RMSE: always the mean {untrained:.1f}, {len(w_all)} columns {error:.1f}")
print(f"R² = 1 - {error:.1f}² / {untrained:.1f}² = {1 - (error / untrained) ** 2:.2f}")
here.metric("rmse", error, untrained=untrained)

# %% [markdown]
# *R²* is the share of the baseline's squared error that the model removes: 1 at best, 0
# for the baseline, negative for a worse model. (scikit-learn's takes the mean of the
# test set.) Half of the squared error gone (R² = 0.5) still leaves 71 % of the RMSE.
#
# A *residual* is truth minus prediction, what the model leaves over. Plotted against
# the prediction, residuals should be a shapeless cloud around 0. A shape points to
# something a straight line misses, or to a limit in the data. The red line joins the
# mean residuals of strips of equal width.

# %%
residual = y_test - predicted
strips = pd.Series(residual).groupby(pd.cut(predicted, settings.strips), observed=True)
table = strips.agg(["count", "mean", "std"])
table = table[table["count"] >= 10]  # a mean of fewer says little
centres = [strip.mid for strip in table.index]

figure, ax = plt.subplots()
ax.plot(predicted, residual, ".", color=plots.BLUE, markersize=4, alpha=settings.ink)
ax.plot(centres, table["mean"], "o-", color=plots.RED, label="mean of a strip")
ax.axhline(0, color=plots.INK, linewidth=1)
ax.set_xlabel(f"prediction ({settings.unit})")
ax.set_ylabel(f"truth − prediction ({settings.unit})")
ax.legend()
ax.set_title("Is this a shapeless cloud around 0?")
plots.show(
    figure,
    "Residuals on the test set against predictions, a line at zero, the mean of each "
    "strip. Where true values are cut off, the cloud ends in a slanted edge.",
)

# %%
chance = 3 * table["std"] / np.sqrt(table["count"])  # three times a mean's own spread
off = (table["mean"].abs() > chance).sum()
print(f"{off} of {len(table)} means are further from 0 than chance makes likely")
below, top = residual[predicted < 0], y.max()
print(f"predictions below 0: {len(below)}, the truth higher in {np.sum(below > 0)}")
print(f"at the top, {top:.1f}: {np.sum(y == top)} train, {np.sum(y_test == top)} test")
if california.variant == "full":
    print("The cloud bends: too low near 0 and near 400, too high near 150.")
    print("The edge: values were cut at 500,001 dollars. That bends the cloud's right")
    print("end down, and distorts the line, which was fitted to cut values, too.")
elif off == 0:
    print("No value is cut here, and the rows are too few to show a bend.")
table.round(1)

# %% [markdown]
# A slanted edge means a limit in the data: where the truth cannot rise, residuals fall
# one for one with the prediction. Where the spread (`std`) differs from strip to strip,
# one RMSE stands for small errors and large ones. And a line has no limits: it may
# predict values below 0. Where it does, the truth lies above it, and the cloud bends.
#
# <!-- exercise: too_good_by_far -->
#
# On the districts of California a model like ours has an RMSE of 70 thousand dollars. A
# colleague who splits them as we did reports 2 thousand, on the test set. His columns
# are ours and one more, `tax`, which whoever made his table worked out as 1 % of the
# column of house values. He wants to value districts whose house values nobody knows.
# What do you tell him?

# %%
answer = None

ex = here.exercise("too_good_by_far")
ex.check(answer)

# %%
# ex.hint()
# ex.solution()

# %% [markdown]
# ## Exit task
#
# <!-- exercise: braking_distance -->
#
# Not a line this time: a car that brakes at speed $v$ comes to a stop after the
# distance $d = a\,v^2$, with one weight $a$. Find it by gradient descent on the mean
# squared error, starting from $a = 0$. Derive the slope in $a$ first, as for the line:
# by how much does the error rise with $a$? Return the last $a$, and the loss before
# each step.


# %%
def fit_braking(v, d, rate, steps):
    """The weight a after `steps` steps from 0, and a list of `steps` losses."""
    raise NotImplementedError


ex = here.exercise("braking_distance")
ex.check(fit_braking)

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
# - A model, a loss, a gradient, a step against it: gradient descent is these four.
# - A rate too small creeps, one too large climbs. The steepest direction sets the
#   limit, so put the columns on one ruler first.
# - A coefficient compares rows, in its unit, beside the other columns of its model. It
#   says nothing about what a change would do.
#
# **An honest limitation.** A line can only add up. Where a column matters more in one
# place than in another, or bends, it is wrong in a pattern; residuals show that and do
# not mend it. Trees can bend. And a random split puts neighbouring districts on both
# sides, so our test error flatters a model that is to value other places.
#
# **Our default.** The mean as baseline, then `LinearRegression` on all columns, and a
# look at the residuals before anything larger. Where a few wild values rule the
# squares, take a loss that grows less steeply (`HuberRegressor`).
#
# **To go deeper.** 3Blue1Brown, [Gradient descent, how neural networks
# learn](https://www.3blue1brown.com/lessons/gradient-descent): the same descent in
# motion, for thousands of weights. scikit-learn, [Common pitfalls in the interpretation
# of coefficients of linear
# models](https://scikit-learn.org/stable/auto_examples/inspection/plot_linear_model_coefficient_interpretation.html):
# more ways to be fooled.
