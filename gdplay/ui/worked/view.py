"""What the Worked examples page works through."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gdplay.experiment import Experiment, Run
from gdplay.knobs import Knobs, knob, knobs
from gdplay.loss.expressions import FIRST, Expression
from gdplay.loss.sights import lack
from gdplay.loss.surfaces import SURFACES, Surface
from gdplay.optimizers import OPTIMIZERS, RATES, Optimizer
from gdplay.teaching.presets import EXAMPLES
from gdplay.teaching.worked import MAX_STEPS, Row, usual_rate

ANY = "any"
FAR = 1e6
"""No start lies farther out on either axis."""


@dataclass(frozen=True)
class WorkedView(Knobs):
    """What the page works through.

    Attributes
    ----------
    example : a key of EXAMPLES, which sets the function; or "any"
    surface : the function where the example is "any"; an own one has `text`
    rule, lr, beta : the rule, its rate, its momentum where it has one
    x, y : the start
    n : rows of the table
    step : the update that is written out
    exam : whether rows stay hidden until asked for
    revealed : rows shown in an exam
    """

    example: str = knob("bowl", choices=(*EXAMPLES, ANY))
    surface: str = knob("booth", choices=(*SURFACES, Expression.key))
    text: str = knob(FIRST.text, read=lambda text: Expression(text).text)
    rule: str = knob("sgd", choices=tuple(OPTIMIZERS))
    x: float = knob(3.0, -FAR, FAR)
    y: float = knob(4.0, -FAR, FAR)
    lr: float = knob(0.1, *RATES)
    beta: float = knob(0.9, 0.0, 0.9999)
    n: int = knob(1, 1, MAX_STEPS)
    step: int = knob(1, 1, MAX_STEPS)
    exam: bool = knob(False)
    revealed: int = knob(0, 0, MAX_STEPS)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.problem.check_start(self.start)
        if why := lack(self.problem, OPTIMIZERS[self.rule]):
            raise ValueError(f"rule cannot be {self.rule} here: {why}")

    @property
    def problem(self) -> Surface:
        """The function."""
        if self.example != ANY:
            return EXAMPLES[self.example].surface
        return SURFACES.get(self.surface) or Expression(self.text)

    @property
    def optimizer(self) -> Optimizer:
        """The rule with its numbers."""
        rule = OPTIMIZERS[self.rule]
        mine = {name: getattr(self, name) for name in ("lr", "beta") if name in knobs(rule)}
        return replace(rule, **mine)

    @property
    def start(self) -> tuple[float, float]:
        """Where the first update begins."""
        return (self.x, self.y)

    @property
    def experiment(self) -> Experiment:
        """The rows as an experiment: one update is one epoch."""
        return Experiment(self.problem, (Run(self.optimizer),), start=self.start, epochs=self.n)

    @property
    def given(self) -> tuple[object, ...]:
        """What the rows follow from."""
        return self.problem, self.start, self.optimizer

    @property
    def about(self) -> str:
        """What is true of the example as it is given; "" where anything was changed."""
        example = EXAMPLES.get(self.example)
        if example is None or self.n != example.n_steps:
            return ""
        return example.about if (example.surface, example.start, example.rule) == self.given else ""

    def known(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Return those of the rows that may be seen."""
        return rows[: self.revealed] if self.exam else rows


def of_example(name: str) -> WorkedView:
    """Return the view of an example as it is given."""
    example = EXAMPLES[name]
    (x, y), rule = example.start, example.rule
    beta = getattr(rule, "beta", WorkedView.beta)
    return WorkedView(
        example=name, rule=rule.key, x=x, y=y, lr=rule.lr, beta=beta, n=example.n_steps
    )


def of_surface(name: str, rule: str = "sgd", n: int = 3, text: str = FIRST.text) -> WorkedView:
    """Return the view of any function, from its usual start at a round rate that suits it."""
    surface = SURFACES.get(name) or Expression(text)
    rule = "sgd" if lack(surface, OPTIMIZERS[rule]) else rule
    x, y = surface.start
    rate = usual_rate(OPTIMIZERS[rule], surface)
    return WorkedView(example=ANY, surface=name, text=text, rule=rule, x=x, y=y, lr=rate, n=n)
