"""Export of a trained twin: files for edge engines, proven, calibrated and packed."""
