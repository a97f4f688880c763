"""A network's loss and its slope in Python, for scripts that need no gdplay."""

from gdplay.loss.networks import Wiring

_FORWARD = '''\
LAYERS = {shapes}  # of each layer its units, and its inputs with a 1 before them


def matrices(params):
    """Return each layer's numbers: a row a unit, its bias first, then its weights."""
    ends = np.cumsum([units * inputs for units, inputs in LAYERS])
    return [part.reshape(shape) for part, shape in zip(np.split(params, ends[:-1]), LAYERS)]


def forward(params, X):
    """Return what each layer takes, and what the last one puts out."""
    *hidden, last = matrices(params)
    taken = [X]
    for matrix in hidden:
        z = taken[-1] @ matrix.T
        taken.append(np.column_stack([np.ones(len(X)), {activation}]))
    return taken, taken[-1] @ last.T


def loss(params, X, y):
    """{title}."""
    outputs = forward(params, X)[1]
    {loss}


def gradient(params, X, y):
    """Return the slope of that loss by back-propagation: from the outputs to the inputs."""
    taken, outputs = forward(params, X)
    {delta}
    grads = []
    for matrix, inputs in zip(matrices(params)[::-1], taken[::-1]):
        grads.insert(0, (delta.T @ inputs).ravel())
        a = inputs[:, 1:]
        delta = delta @ matrix[:, 1:]{slope}
    return np.concatenate(grads)'''

_ACTIVATIONS = {
    "tanh": ("np.tanh(z)", " * (1 - a**2)"),
    "relu": ("np.maximum(z, 0)", " * (a > 0)"),
    "sigmoid": ("(1 + np.tanh(z / 2)) / 2", " * a * (1 - a)"),
    "linear": ("z", ""),
}
"""What hidden units make of their sums z, and how their outputs a rise with them."""

_SQUARES = "(outputs[:, 0] - {target}) ** 2"
_HEADS = {
    "half_mse": (
        "Half the mean squared error",
        f"return np.mean({_SQUARES}) / 2",
        "delta = (outputs - {target}[:, None]) / len(y)",
    ),
    "mse": (
        "The mean squared error",
        f"return np.mean({_SQUARES})",
        "delta = 2 * (outputs - {target}[:, None]) / len(y)",
    ),
    "log_loss": (
        "The log loss, mean of log(1 + exp(score)) - y score: small where y = 1 has a high score",
        "return np.mean(np.logaddexp(0, (1 - 2 * y) * outputs[:, 0]))",
        "delta = (1 / (1 + np.exp(-outputs)) - y[:, None]) / len(y)",
    ),
}
"""Of one output: what a loss is called, its value, and its slope along the output."""

_SHARES = (
    "The log loss: minus the mean logarithm of the probability of each row's own class",
    "scores = outputs - outputs.max(axis=1, keepdims=True)\n"
    "    own = scores[np.arange(len(y)), y.astype(int)]\n"
    "    return np.mean(np.log(np.exp(scores).sum(axis=1)) - own)",
    "exps = np.exp(outputs - outputs.max(axis=1, keepdims=True))\n"
    "    shares = exps / exps.sum(axis=1, keepdims=True)\n"
    "    delta = (shares - np.eye(N_CLASSES)[y.astype(int)]) / len(y)",
)


def network_code(wiring: Wiring, n_classes: int, objective: str) -> str:
    """Return `loss(params, X, y)` and `gradient(params, X, y)` of a network.

    The first column of X is 1; where there are classes, their number is N_CLASSES.
    """
    title, loss, delta = _SHARES if n_classes > 2 else _HEADS[objective]
    target = "(2 * y - 1)" if n_classes else "y"  # two classes learned as -1 and 1
    activation, slope = _ACTIVATIONS[wiring.activation]
    return _FORWARD.format(
        shapes=list(wiring.shapes),
        activation=activation,
        slope=slope,
        title=title,
        loss=loss.format(target=target),
        delta=delta.format(target=target),
    )
