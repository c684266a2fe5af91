"""Static int8 with some layers in float: which ones, found by measurement, and what they cost."""
