import pytest

from twinlet.errors import InvalidInputError
from twinlet_train.losses import (
    EMBEDDING_LOSSES,
    PROXY_LOSSES,
    ArcFaceLoss,
    ContrastiveLoss,
    CosFaceLoss,
    MultiSimilarityLoss,
    OnlineTripletLoss,
    PairContrastiveLoss,
    ProxyAnchorLoss,
    SupervisedContrastiveLoss,
)


@pytest.mark.parametrize("kind", [*EMBEDDING_LOSSES.values(), *PROXY_LOSSES.values()])
def test_settings_survive_saving(kind):
    loss = kind()
    config = loss.get_config()
    again = kind.from_config(config)
    assert again.get_config() == config


def test_other_than_default_settings_survive():
    loss = OnlineTripletLoss(0.3, "batch-all", distance="euclidean", soft=True)
    again = OnlineTripletLoss.from_config(loss.get_config())
    assert (again.margin, again.mining, again.distance, again.soft) == (
        0.3,
        "batch-all",
        "euclidean",
        True,
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: OnlineTripletLoss(0.0), "between 0 and 2, as the cosine distance"),
        (lambda: OnlineTripletLoss(2.5), "between 0 and 2.*got 2.5"),
        (lambda: OnlineTripletLoss(4.5, distance="squared-euclidean"), "between 0 and 4"),
        (lambda: OnlineTripletLoss(0.4, "hardest"), "expected one of batch-all, semi-hard"),
        (lambda: OnlineTripletLoss(distance="manhattan"), "unknown distance 'manhattan'"),
        (
            lambda: OnlineTripletLoss(mining="distance-weighted", distance="euclidean"),
            "defined for the cosine distance, got euclidean",
        ),
        (lambda: ContrastiveLoss(-1.0), "got -1"),
        (lambda: ContrastiveLoss(mated_weight=0.0), "mated_weight must be above 0, got 0"),
        (lambda: PairContrastiveLoss(float("nan")), "margin must be above 0, got nan"),
        (lambda: MultiSimilarityLoss(beta=0.0), "beta must be above 0"),
        (lambda: SupervisedContrastiveLoss(float("inf")), "scale must be above 0, got inf"),
        (lambda: ProxyAnchorLoss(scale=0.0), "scale must be above 0"),
        (lambda: CosFaceLoss(margin=-0.1), r"lie in \[0, 2\), got -0.1"),
        (lambda: ArcFaceLoss(margin=2.0), r"lie in \[0, pi/2\), got 2"),
    ],
)
def test_unusable_settings_are_refused(make, message):
    with pytest.raises(InvalidInputError, match=message):
        make()
