"""Pure types and rules of Azure Machine Learning: no I/O, no Textual, no SDK."""
