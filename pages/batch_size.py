"""The batch size: what the rows of a batch change, measured on the data shown."""

from gdplay.ui.batch_size import page as batch_size

batch_size.page()
