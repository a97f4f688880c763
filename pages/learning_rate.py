"""The learning rate, measured instead of told: its limits, what it does, sweeps, schedules."""

from gdplay.ui import learning_rate

learning_rate.page()
