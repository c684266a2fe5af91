"""Fine-tuning for quantization, pruning and clustering, with tensorflow-model-optimization."""
