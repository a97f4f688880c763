"""The learning rate, measured instead of told: its limits, what it does, sweeps, schedules."""

from gdplay.ui.learning_rate import page as learning_rate

learning_rate.page()
