"""`python -m mlrespond` is the command `mlir`."""

from mlrespond.cli.main import main

if __name__ == "__main__":
    main()
