raise ImportError("as where Ray is not installed")
