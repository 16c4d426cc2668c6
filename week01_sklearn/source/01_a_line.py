# %% [markdown]
# # A line
#
# Somebody hands you a table and asks for a number that is not in it: what do houses
# cost where people earn so much? The oldest answer is to draw a straight line through
# the dots. But which of all lines is the best one, how does a computer find it, and how
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
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import train_test_split

from course import plots

california = here.load("california")
settings = here.settings  # change any of them in a cell of your own

# %% [markdown]
# The table is about California in the census of 1990, one row for each district of some
# hundred households. (Where it cannot be had, 442 patients stand in: their body mass
# for income, the progress of their diabetes for house values. Every cell below runs on
# either and names what it shows.) In Python it is a *data frame*, a table whose columns
# have names.

# %%
frame = california.frame
print(f"{len(frame):,} {settings.examples}, {frame.shape[1]} columns")
frame.head(3)

# %%
for column in [california.target, *settings.features]:
    print(f"{column:20} {california.about[column]}")

# %% [markdown]
# The first of these columns is the *target*, the number to predict. As in the lesson
# before, a test set is put aside, and the rest is for training.

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
ax.set_title(
    f"Which straight line would you draw through {len(x):,} {settings.examples}?"
)
plots.show(
    figure,
    "A cloud of dots that rises from left to right and scatters widely: the target "
    "against one column of the table. No line is drawn yet.",
)

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
plots.show(
    figure,
    "The same cloud of dots with a red line through it, whose slope and intercept are "
    "the two numbers set in this cell.",
)

# %% [markdown]
# ## One number for how wrong a line is
#
# "Looks right" is no measure. Take three points, small enough for paper, and the line
# $w = 1,\ b = 1$:
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
# Why the square, and not the plain distance? Both keep errors from cancelling, but they
# want different things. Five flats cost 1, 2, 3, 4 and 40, and one number shall stand
# for all of them:

# %% tags=["nbval-check-output"]
flats = np.array([1, 2, 3, 4, 40])
for guess in (3, 10):
    error = guess - flats
    print(f"guess {guess}: distances {np.abs(error).sum()}, squares {np.sum(error**2)}")

# %% [markdown]
# The distances favour 3, the value in the middle, which does not care whether the last
# flat costs 40 or 40,000. The squares favour 10, the mean, and an error of 30 counts as
# much as nine of 10. So a line with the smallest squared error avoids large misses, and
# one wild value can drag it along. What the square brings in return comes below: its
# slope exists everywhere and shrinks towards the minimum, so that small steps can find
# it.
#
# A loss is in squared units, which nobody can picture. Its root is in the target's own
# unit again, the *root mean squared error* or RMSE: about how far off a prediction
# typically is.


# %%
def rmse(w, b):
    """The typical error of a line on the training set, in the target's unit."""
    return np.sqrt(mse(w, b, x, y))


mean_error = rmse(0, y.mean())
print(f"your line by eye: {rmse(w_eye, b_eye):.1f} {settings.unit}")
print(f"the same answer for all, {y.mean():.1f}: {mean_error:.1f} {settings.unit}")

# %% [markdown]
# The second row is the baseline: a flat line at the mean, which looks at no column at
# all. (Among flat lines it has the smallest loss, as with the flats.) Call its error
# 100 %. How much of that error will the *best* of all straight lines leave, in percent?

# %%
my_guess = None
here.predict("error_left", my_guess, unit="%")

# %% [markdown]
# ## Every line is a point
#
# The points are given, so the loss depends on two numbers only, $w$ and $b$. We can
# draw it as a map: each place is a line, its height is that line's loss. A grid of 61
# slopes and 61 intercepts makes 3,721 lines.


# %%
def surface(ax, loss, slopes, intercepts):
    """Contour lines of loss(w, b), and a star at the lowest point of the grid."""
    w_grid, b_grid = np.linspace(*slopes, 61), np.linspace(*intercepts, 61)
    heights = np.array([[loss(w, b) for w in w_grid] for b in b_grid])  # (61, 61)
    levels = np.geomspace(1.1 * heights.min(), heights.max(), 14)
    ax.contour(w_grid, b_grid, heights, levels=levels, colors="#b8b8b0", linewidths=1)
    row, column = np.unravel_index(heights.argmin(), heights.shape)
    ax.plot(w_grid[column], b_grid[row], "*", color=plots.RED, markersize=14)
    ax.set(xlim=slopes, ylim=intercepts, xlabel="slope w", ylabel="intercept b")
    ax.grid(False)
    return w_grid[column], b_grid[row]


def loss(w, b):
    """The loss on the training set."""
    return mse(w, b, x, y)


figure, ax = plt.subplots()
w_low, b_low = surface(ax, loss, settings.slopes, settings.intercepts)
ax.plot(w_eye, b_eye, "o", color=plots.BLUE, markersize=9)
ax.annotate(" by eye", (w_eye, b_eye), color=plots.BLUE, va="bottom")
ax.set_title("The loss of all lines is a narrow valley")
plots.show(
    figure,
    "Contour lines of the loss over slope and intercept: a long, narrow, slanting "
    "valley. A star marks its lowest point, a dot the line drawn by eye.",
)
print(f"lowest of 3,721 lines: w = {w_low:.1f}, b = {b_low:.1f}")
print(f"its typical error: {rmse(w_low, b_low):.1f} {settings.unit}")

# %% [markdown]
# The valley slants, as a steeper line has to start lower to stay among the dots.
#
# Trying all lines works for two weights. With eight, 61 values each are 61⁸, about 192
# million million lines. We need a way to the lowest point that does not look
# everywhere, like someone who comes down a mountain in fog and feels with a foot which
# way is down.
#
# ## Which way is down
#
# Feel with a foot: raise one number by very little, and see how much the loss changes.
# Change of the loss over change of the number is a slope, the derivative. We take the
# three points and the line $w = 1,\ b = 1$ again.


# %% tags=["nbval-check-output"]
def nudged(w, b, x, y, h=1e-6):
    """The slopes of the loss in w and in b, by raising each a little."""
    now = mse(w, b, x, y)
    return (mse(w + h, b, x, y) - now) / h, (mse(w, b + h, x, y) - now) / h


slope_w, slope_b = nudged(1, 1, x3, y3)
print(f"slope in w {slope_w:.2f}, slope in b {slope_b:.2f}")

# %% [markdown]
# These two slopes together are the *gradient* of the loss. Both are negative: raise
# either number, and the loss falls; with $w$ it falls three times as fast.
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
# The loss is a mean over the examples, and so is its slope:
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
# A formula that was derived by hand is checked by nudging, once, at some place where
# nothing is special:

# %%
by_formula, by_nudging = line_gradient(2, 5, x, y), nudged(2, 5, x, y)
np.testing.assert_allclose(by_formula, by_nudging, rtol=1e-3)
print(f"formula {by_formula[0]:.1f}, {by_formula[1]:.1f}")
print(f"nudging {by_nudging[0]:.1f}, {by_nudging[1]:.1f}")

# %% [markdown]
# ## One step down, and many
#
# The gradient points uphill, so a step goes against it. How far? Gradient times a
# factor that we choose, the *learning rate* $\eta$ (eta):
#
# $$w \leftarrow w - \eta\, \frac{\partial L}{\partial w} \qquad\qquad
# b \leftarrow b - \eta\, \frac{\partial L}{\partial b}$$
#
# On the three points, from $w = 1,\ b = 1$ with $\eta = 0.1$: $w = 1 - 0.1 \cdot (-6) =
# 1.6$, and $b = 1 - 0.1 \cdot (-2) = 1.2$.

# %% tags=["nbval-check-output", "try"]
rate = 0.1  # try 0.01, 0.2, 1; then put 0.1 back
slope_w, slope_b = line_gradient(1, 1, x3, y3)
w_new, b_new = 1 - rate * slope_w, 1 - rate * slope_b
print(f"w = {w_new:.2f}, b = {b_new:.2f}")
print(f"loss {mse(1, 1, x3, y3):.2f} before, {mse(w_new, b_new, x3, y3):.2f} after")

# %% [markdown]
# One step, and the loss has fallen from 3 to 1.2. (With a rate of 1 it jumps over the
# valley, and lands at 183.)
#
# <!-- exercise: one_step -->
#
# On paper, or with Python as a calculator: the *next* step starts at $w = 1.6,\ b =
# 1.2$, again with $\eta = 0.1$ and the three points. What is $w$ after it? Two
# decimals.

# %%
answer = None

ex = here.exercise("one_step")
ex.check(answer)

# %%
# ex.hint()
# ex.solution()

# %% [markdown]
# Step after step, each with the gradient of the place just reached: that is *gradient
# descent*. The start, `settings.start`, is a poor line on purpose.


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
surface(ax, loss, settings.slopes, settings.intercepts)
ax.plot(*path.T, "o-", color=plots.BLUE, markersize=4, linewidth=1)
ax.set_title(f"{settings.raw_steps} steps: down to the floor at once, then a crawl")
plots.show(
    figure,
    "The valley again with the path of gradient descent: its first steps reach the "
    "floor of the valley, the others lie close together and end far from the star.",
)

# %%
best = mse(w_low, b_low, x, y)
error = rmse(*path[-1])
print(f"after {settings.raw_steps} steps: w = {path[-1, 0]:.2f}, b = {path[-1, 1]:.2f}")
print(f"typical error {error:.1f}; at the star {np.sqrt(best):.1f} {settings.unit}")

# %% [markdown]
# Across the valley the ground is steep, so the first steps are long. Along its floor it
# is nearly level, and steps shrink with the slope. What if the rate is raised, to a
# little over twice as much? Where will the same number of steps end?

# %%
my_guess = None
places = ["at the star, or nearly", "about twice as far along", "far outside the map"]
here.predict("double_rate", my_guess, choices=places)

# %%
with np.errstate(over="ignore", invalid="ignore"):
    faster = descend(x, y, settings.raw_rates[1], len(path) - 1, *path[0])
    before, after = loss(*path[0]), loss(*faster[-1])
outside = not after < before  # also where it is no number any more
near = after < 1.01 * best
here.outcome("double_rate", places[2 if outside else 0 if near else 1])
print(f"loss at the start {before:,.0f}, at the end {after:,.0f}")

# %% [markdown]
# On the steep side each step leaps across the valley and lands higher than it started;
# there the slope is greater still, and the next leap is longer. The steep direction
# sets a limit to the rate, and the level one would need far more. One rate serves both,
# so a narrow valley takes patience.
#
# ## A rounder valley
#
# Why is it narrow? All $x$ lie on one side of 0. Raise the slope a little, and the line
# rises at *every* dot, so $b$ has to make up for it: the two numbers do each other's
# work. If 0 lay in the middle of the dots, $w$ would only turn the line about that
# middle, and $b$ only lift it.
#
# So we measure $x$ from its mean, in units of its standard deviation, the usual
# distance from the mean: most dots then lie between −2 and 2. The dots do not move, the
# ruler beneath them does. (What else this is good for, and a trap in it, is a subject
# of the next lesson.)

# %%
middle, spread = x.mean(), x.std()
z = (x - middle) / spread  # (n,): mean 0, standard deviation 1
print(f"x from {x.min():.1f} to {x.max():.1f}, z from {z.min():.1f} to {z.max():.1f}")

# %%
rates = {"too small": 0.02, "fitting": 0.2, "too large": 1.05}
walks = {name: descend(z, y, rate, settings.steps) for name, rate in rates.items()}
reach = y.mean()
figure, axes = plt.subplots(1, 3, figsize=(8, 4), sharey=True)
for ax, (name, walk) in zip(axes, walks.items(), strict=True):
    limits = (-0.8 * reach, 1.4 * reach), (-0.4 * reach, 2.4 * reach)
    surface(ax, lambda w, b: mse(w, b, z, y), *limits)
    ax.plot(*walk.T, "o-", color=plots.BLUE, markersize=4, linewidth=1)
    ax.set_title(f"{name}: {rates[name]:g}", fontsize=11)
    ax.label_outer()
figure.suptitle(
    f"{settings.steps} steps, three rates: creep, arrive, fly off",
    x=0.01,
    ha="left",
    fontsize=12,
    fontweight="bold",
)
plots.show(
    figure,
    "Three maps of the same loss, now a round bowl, with the path of gradient descent "
    "from one start. At a small rate it stops far short of the star; at a middle rate "
    "it arrives; at a large one it leaps to and fro across the bowl, higher each time.",
)

# %% [markdown]
# The bowl is round, so the steps lead straight to its bottom; only their length is left
# to get wrong. The same three rates, and two more, as loss against steps:

# %%
figure, ax = plt.subplots()
for rate in (0.02, 0.2, 0.5, 0.95, 1.05):
    losses = [mse(w, b, z, y) for w, b in descend(z, y, rate, settings.steps)]
    ax.plot(losses, "o-", markersize=3, linewidth=1.5, label=f"rate {rate:g}")
ax.axhline(np.var(y), color="gray", linestyle="--", label="baseline")
ax.set(xlabel="steps", ylabel=f"loss ({settings.unit}, squared)", yscale="log")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
ax.set_title("A rate is too large where the loss rises")
plots.show(
    figure,
    "Loss against steps on a logarithmic scale. At the rate 0.02 it falls slowly, at "
    "0.2 quickly, at 0.5 in one step, at 0.95 slowly again, and at 1.05 it rises.",
)

# %% [markdown]
# Too small and nearly too large look alike, a slow fall; only the path tells them
# apart. Try rates of your own below: 0.5, 0.9, 1 and 1.1 are worth it. On this bowl the
# slope in each weight is twice the distance to the bottom. So a rate of 0.5 undoes that
# distance exactly. A rate of 1 goes twice as far, to the opposite wall at the same
# height, for ever. Other losses have other limits, but they all have one.

# %% tags=["try"]
rate = 0.5
for step, (w_now, b_now) in enumerate(descend(z, y, rate, 4)):
    height = mse(w_now, b_now, z, y)
    print(f"step {step}: w {w_now:9.2f}, b {b_now:9.2f}, loss {height:12,.1f}")

# %% [markdown]
# ## The library's line
#
# *Linear regression* is what we have been doing: predicting a number by weighing the
# inputs and adding up, with the weights whose squared errors are smallest. scikit-learn
# has it, and computes the lowest point directly, without steps (how, the next lesson
# shows). To compare, our line has to go back to the old ruler: a slope for one standard
# deviation, divided by that deviation, is the slope for one unit of $x$.

# %%
w_z, b_z = descend(z, y, rate=0.2, steps=100)[-1]
w = w_z / spread
b = b_z - w * middle

line = LinearRegression().fit(train[[settings.feature]], y)
np.testing.assert_allclose([w, b], [line.coef_[0], line.intercept_], rtol=1e-6)
print(f"both: prediction = {w:.2f} x {b:+.2f}")

# %%
share = 100 * rmse(w, b) / mean_error
here.outcome("error_left", share, close=0.1)
print(f"by eye {rmse(w_eye, b_eye):.1f}, best line {rmse(w, b):.1f} {settings.unit}")
print(f"the best line leaves {share:.0f} % of the baseline's error")

# %% [markdown]
# The line is the best there is, and most of the error is still there. "Best" says
# nothing about good. What one column does not know, others may.
#
# ## Several columns
#
# With a weight for each column, the prediction for one row is a dot product: each value
# times its weight, added up, plus $b$. For all rows at once, with the table as a matrix
# $X$ of shape (n, columns), NumPy writes that as `X @ w + b`. On paper, with two
# columns and $w = (3, 0.5),\ b = 1$, the row $(2, 4)$ gives $3 \cdot 2 + 0.5 \cdot 4 +
# 1 = 9$:

# %% tags=["nbval-check-output"]
X2 = np.array([[2.0, 4.0], [0.0, 2.0], [1.0, 0.0]])  # three rows, two columns
print(X2 @ np.array([3.0, 0.5]) + 1)

# %% [markdown]
# The gradient changes as little. The slope in $b$ stays as it was. For the weight of
# column $j$ the chain rule gives $\tfrac{2}{n} \sum_i e_i\, X_{ij}$: where $x$ stood,
# there is now this column. That is a dot product of the errors with each column.
#
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
# All columns on the ruler of before, each by its own mean and deviation. A row of means
# is subtracted from every row of the table: broadcasting.

# %%
X = train[settings.features].to_numpy(dtype=float)  # (n, columns)
middles, spreads = X.mean(axis=0), X.std(axis=0)  # (columns,) each
Z = (X - middles) / spreads  # (n, columns)

w_all, b_all = np.zeros(X.shape[1]), 0.0
for _ in range(settings.all_steps):
    slopes_w, slope_b = gradient(w_all, b_all, Z, y)
    w_all = w_all - settings.all_rate * slopes_w
    b_all = b_all - settings.all_rate * slope_b

# %%
model = LinearRegression().fit(train[settings.features], y)
not_there = "not at the bottom yet: more steps, or another rate"
np.testing.assert_allclose(w_all / spreads, model.coef_, rtol=1e-3, err_msg=not_there)
error = np.sqrt(mean_squared_error(y, Z @ w_all + b_all))
print(f"{len(w_all)} weights and b, the same in both")
print(f"typical error: one column {rmse(w, b):.1f}, {len(w_all)} columns {error:.1f}")

# %% [markdown]
# Columns that tell nearly the same story make a narrow valley again, whatever the
# ruler: this takes hundreds of steps or thousands, and the line a few dozen.
#
# ## What a coefficient says
#
# The weights of a linear regression are also called *coefficients*, and people read
# them like findings. Take the column `settings.flips`. Alone in a line, its coefficient
# is:

# %%
alone = LinearRegression().fit(train[[settings.flips]], y).coef_[0]
together = np.corrcoef(train[settings.flips], train[settings.companion])[0, 1]
print(f"{settings.flips} alone: {alone:+.4f} {settings.unit} for each unit")
print(f"its correlation with {settings.companion}: {together:.2f}")

# %% [markdown]
# So where this column is higher, so is the target, on average. (A correlation of 1
# would mean that the two columns lie on one rising line, 0 that neither tells anything
# about the other by a line.) What is the column's coefficient in the model with all
# columns?

# %%
my_guess = None
fates = ["about the same", "smaller, with the same sign", "of the opposite sign"]
here.predict("with_company", my_guess, choices=fates)

# %%
singles = [LinearRegression().fit(Z[:, [j]], y).coef_[0] for j in range(len(w_all))]
order = np.argsort(singles)
figure, ax = plt.subplots(figsize=(7, 4.2))
rows = np.arange(len(order))
ax.hlines(rows, np.array(singles)[order], w_all[order], color="#b8b8b0")
ax.plot(np.array(singles)[order], rows, "o", color=plots.SKY, label="alone")
ax.plot(w_all[order], rows, "D", color=plots.RED, label="with all the others")
ax.axvline(0, color=plots.INK, linewidth=1)
ax.set_yticks(rows, np.array(settings.features)[order])
ax.set_xlabel(f"coefficient ({settings.unit} for one standard deviation)")
ax.legend()
ax.set_title("A coefficient depends on the company it keeps")
plots.show(
    figure,
    "For each column two marks on one line, its coefficient alone and in the model "
    "with all columns. Several move far, and some cross zero.",
)

# %%
joined = model.coef_[settings.features.index(settings.flips)]
same = joined * alone > 0
about = same and 0.8 < joined / alone < 1.25
here.outcome("with_company", fates[0 if about else 1 if same else 2])
print(f"{settings.flips}: {alone:+.4f} alone, {joined:+.4f} with all columns")

# %% [markdown]
# Neither is a mistake: they answer different questions. Alone, the coefficient compares
# rows with more and with less of this column, and *everything that goes along with it*.
# In company, it compares rows that are alike in all the other columns. With a companion
# as close as this one, such rows are rare, and the coefficient rests on small
# differences. Neither says what would happen if somebody *changed* the column: nobody
# did, the rows were only observed.
#
# And a coefficient has a unit. In this figure each is for one standard deviation of its
# column; in `model.coef_` for one unit of it. Give a length in centimetres instead of
# metres, and its coefficient shrinks to a hundredth, while every prediction stays.
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
# Time for the test set. Its columns get the ruler of the training set, and its baseline
# is the training mean.

# %%
y_test = test[california.target].to_numpy(dtype=float) / settings.scale
Z_test = (test[settings.features].to_numpy(dtype=float) - middles) / spreads
predicted = Z_test @ w_all + b_all

error = np.sqrt(mean_squared_error(y_test, predicted))
untrained = np.sqrt(np.mean((y_test - y.mean()) ** 2))
print(f"always the mean: off by typically {untrained:.1f} {settings.unit}")
print(f"{len(w_all)} columns: off by typically {error:.1f} {settings.unit}")
print(f"R² = 1 - {error:.1f}² / {untrained:.1f}² = {1 - (error / untrained) ** 2:.2f}")
here.metric("rmse", error, untrained=untrained)

# %% [markdown]
# You will often meet the last row: *R²* is the share of the baseline's squared error
# that the model removes, 1 at best, 0 for the baseline. It sounds better than it is:
# half of the squared error gone (R² = 0.5) still leaves 71 % of the typical error.
#
# A *residual* is what the model leaves over: truth minus prediction, the error with its
# sign turned. Plotted against the prediction, residuals should be a shapeless cloud
# around 0. Any shape is something the model has not understood.

# %%
residual = y_test - predicted
figure, ax = plt.subplots()
ax.plot(predicted, residual, ".", color=plots.BLUE, markersize=4, alpha=settings.ink)
ax.axhline(0, color=plots.INK, linewidth=1)
ax.set_xlabel(f"prediction ({settings.unit})")
ax.set_ylabel(f"truth − prediction ({settings.unit})")
ax.set_title("Is this a shapeless cloud around 0?")
plots.show(
    figure,
    "Residuals on the test set against predictions, with a line at zero. Where the "
    "true values are cut off, the cloud ends in a straight edge that slants down.",
)

# %%
halves = predicted < np.median(predicted)
low, high = residual[halves].std(), residual[~halves].std()
word = "more" if high > 1.05 * low else "about as much" if high > low / 1.05 else "less"
print(f"spread of the residuals: {low:.1f} in the lower half of predictions,")
print(f"   {high:.1f} in the upper half, which is {word}")
top = y_test.max()
print(f"largest true value: {top:.1f}, in {np.sum(y_test == top)} of {len(test)} rows")
print(f"largest and smallest prediction: {predicted.max():.1f}, {predicted.min():.1f}")
if california.variant == "full":
    print("The slanted edge on top: the census cut all values at 500,001 dollars.")
else:
    print("No value is cut here; the rows are few, and their scatter is wide.")

# %% [markdown]
# Read such a figure for its shape. A slanted edge means a limit in the data: a truth
# that cannot rise above some value makes residuals that fall one for one with the
# prediction. A cloud that opens to one side means that the typical error above is an
# average of small errors and large ones, too kind for one end and too harsh for the
# other. Predictions outside of what the target can be, below zero for instance, come of
# a line that knows no limits.
#
# <!-- exercise: too_good_by_far -->
#
# On the districts of California a model like ours is off by typically 70 thousand
# dollars. A colleague who splits them as we did reports 2 thousand, on the test set.
# His columns are ours and one more, `tax`, the yearly property tax on the median house,
# which is set at about 1 % of a house's value. He wants to value districts whose house
# values nobody knows. What do you tell him?

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
# Not a line this time: a car that brakes at speed $v$ comes to a stand after the
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
# - A model, a loss, a gradient, a step against it: gradient descent is these four, for
#   a line as for a network with billions of weights.
# - A rate too small creeps, one too large climbs. What "too large" is depends on the
#   steepest direction of the loss, so a good ruler for the columns is half the work.
# - A coefficient compares rows, in its unit, beside the other columns of its model. It
#   says nothing about what a change would do.
#
# **An honest limitation.** A line can only add up. Where a column matters more in one
# place than in another, or bends, it is wrong in a pattern, and the residuals show the
# pattern but do not mend it. Trees, later this week, can bend.
#
# **Our default.** The mean as baseline, then `LinearRegression` on all columns, and a
# look at the residuals before anything larger. Descent by hand is for understanding; it
# is needed where no direct solution exists, which is nearly everywhere else. Where a
# few wild values rule the squares, take a loss that grows less steeply
# (`HuberRegressor`).
#
# **To go deeper.** 3Blue1Brown, [Gradient descent, how neural networks
# learn](https://www.3blue1brown.com/lessons/gradient-descent): the same descent, drawn
# in motion, for thousands of weights. scikit-learn, [Common pitfalls in the
# interpretation of coefficients of linear
# models](https://scikit-learn.org/stable/auto_examples/inspection/plot_linear_model_coefficient_interpretation.html):
# wages in place of houses, and more ways to be fooled.
