"""Optimizers, the rules that turn a gradient into a step: the table of all."""

from gdplay.optimizers.elementwise import (
    ELEMENTWISE,
    SGD,
    AdaDelta,
    AdaGrad,
    Adam,
    AdamW,
    AMSGrad,
    Lion,
    Momentum,
    NAdam,
    Nesterov,
    RMSProp,
)
from gdplay.optimizers.local import LOCAL
from gdplay.optimizers.rule import RATES, THETA, Line, Optimizer, Sight, allowed, stack
from gdplay.registry import table

OPTIMIZERS = table(*ELEMENTWISE.values(), *LOCAL.values())

__all__ = [
    "OPTIMIZERS",
    "RATES",
    "SGD",
    "THETA",
    "AMSGrad",
    "AdaDelta",
    "AdaGrad",
    "Adam",
    "AdamW",
    "Line",
    "Lion",
    "Momentum",
    "NAdam",
    "Nesterov",
    "Optimizer",
    "RMSProp",
    "Sight",
    "allowed",
    "stack",
]
