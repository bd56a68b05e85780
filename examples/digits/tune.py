"""Try one configuration of a classifier on the UCI handwritten digits: `python tune.py RESULTS [INDEX]`.

The result goes to RESULTS/JOB/INDEX.json. As a task of an array, burro says what JOB and INDEX are.
`python tune.py --count` prints how many configurations there are.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from itertools import product
from pathlib import Path

# Before numpy is imported, which reads it once. Under burro it is what `-c` asked for.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def grid(model, **choices):
    """Every combination of the choices for one kind of model."""
    return [(model, dict(zip(choices, values, strict=True))) for values in product(*choices.values())]


# Numbered in this order, the slow ones first: then the last tasks are short, and no cpu waits long at the end.
CONFIGURATIONS = [
    *grid("gradient boosting", max_iter=[12], learning_rate=[0.2, 0.4]),
    *grid("extra trees", n_estimators=[90, 60, 30], min_samples_leaf=[1, 2]),
    *grid("random forest", n_estimators=[60, 30], max_features=[4, 8]),
    *grid("neural network", hidden_layer_sizes=[[64, 32], [64], [32]], alpha=[1e-4, 1e-1]),
    *grid("svm, rbf", C=[1, 3, 10, 30], gamma=[0.0002, 0.0004, 0.0008, 0.0016]),
    *grid("logistic regression", C=[0.01, 0.1, 1, 10, 30, 100]),
    *grid("svm, polynomial", degree=[2, 3, 4], C=[0.1, 1]),
    *grid("nearest neighbours", n_neighbors=[1, 2, 3, 4, 5, 7, 9], p=[1, 2]),
]


def classifier(model, parameters):
    """The untrained model. Imported here, since most tasks need only one of these packages."""
    if model.startswith("svm"):
        from sklearn.svm import SVC

        return SVC(kernel="rbf" if model == "svm, rbf" else "poly", **parameters)
    if model == "nearest neighbours":
        from sklearn.neighbors import KNeighborsClassifier

        return KNeighborsClassifier(weights="distance", **parameters)
    if model == "logistic regression":
        from sklearn.linear_model import LogisticRegression

        return scaled(LogisticRegression(max_iter=300, **parameters))
    if model == "neural network":
        from sklearn.neural_network import MLPClassifier

        return scaled(MLPClassifier(max_iter=50, random_state=0, **parameters))
    from sklearn import ensemble

    kinds = {
        "gradient boosting": ensemble.HistGradientBoostingClassifier,
        "extra trees": ensemble.ExtraTreesClassifier,
        "random forest": ensemble.RandomForestClassifier,
    }
    return kinds[model](random_state=0, **parameters)


def scaled(model):
    """The model behind a step that brings every pixel to 0..1."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MinMaxScaler

    return make_pipeline(MinMaxScaler(), model)


def accuracies(model, parameters):
    """The accuracy on each of three folds; the same every time, since nothing is left to chance."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import StratifiedKFold, cross_val_score

    images, digits = load_digits(return_X_y=True)
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message=".*(converge|Maximum iterations)"
        )  # a short training is a choice here
        return cross_val_score(classifier(model, parameters), images, digits, cv=folds)


def write(path, result):
    """Write the whole file or none of it: a task may be ended at any moment and tried again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.draft")
    draft.write_text(json.dumps(result, indent=1) + "\n")
    draft.replace(path)


def main(arguments):
    """Try one configuration, and say how it went."""
    if arguments == ["--count"]:
        print(len(CONFIGURATIONS))
        return
    index = int(arguments[1] if len(arguments) > 1 else os.environ["BURRO_TASK_ID"])
    model, parameters = CONFIGURATIONS[index]
    started = time.monotonic()
    scores = accuracies(model, parameters)
    result = {
        "index": index,
        "model": model,
        "parameters": parameters,
        "accuracy": round(float(scores.mean()), 5),
        "spread": round(float(scores.std()), 5),
        "seconds": round(time.monotonic() - started, 3),
    }
    write(Path(arguments[0]) / os.environ.get("BURRO_JOB_ID", "by-hand") / f"{index}.json", result)
    print(f"{model} {parameters}: {result['accuracy']:.2%} right")


if __name__ == "__main__":
    main(sys.argv[1:])
