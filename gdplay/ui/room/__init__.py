"""The Room page: a class answers one question at a time, its teacher shows what it said."""
