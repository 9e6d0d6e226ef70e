"""aml-console: the terminal console for administrators of Azure Machine Learning."""

__version__ = "0.1.0"
