import pytest

from twinlet.contract import InputContract
from twinlet.errors import InvalidInputError
from twinlet_train.losses import EMBEDDING_LOSSES, PROXY_LOSSES
from twinlet_train.objectives import make_loss, trained_model
from twinlet_train.settings import LossConfig, ModelConfig
from twinlet_train.twin import build_twin


@pytest.mark.parametrize("name", [*EMBEDDING_LOSSES, *PROXY_LOSSES])
def test_every_loss_by_its_name_with_its_own_defaults(name):
    kind = {**EMBEDDING_LOSSES, **PROXY_LOSSES}[name]
    assert make_loss(LossConfig(name=name)).get_config() == kind().get_config()


def test_settings_reach_the_loss():
    loss = make_loss(LossConfig(margin=0.3, mining="batch-hard", distance="euclidean"))
    assert (loss.margin, loss.mining, loss.distance) == (0.3, "batch-hard", "euclidean")
    assert make_loss(LossConfig(soft=True)).soft
    assert make_loss(LossConfig(name="cosface", scale=16.0)).scale == 16.0


def test_a_margin_follows_its_mining_unless_it_is_named():
    assert (make_loss(LossConfig()).mining, make_loss(LossConfig()).margin) == ("batch-all", 0.2)
    assert make_loss(LossConfig(mining="semi-hard")).margin == 0.4
    assert make_loss(LossConfig(mining="semi-hard", margin=0.3)).margin == 0.3


def test_what_older_runs_wrote_of_mining_is_nothing_to_other_losses():
    config = LossConfig(name="supervised-contrastive", mining="semi-hard")
    expected = make_loss(LossConfig(name="supervised-contrastive"))
    assert make_loss(config).get_config() == expected.get_config()


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (LossConfig(name="quadruplet"), "unknown loss.name 'quadruplet'; expected one of triplet"),
        (LossConfig(name="cosface", soft=True), "cosface loss takes no loss.soft"),
        (LossConfig(soft=True, margin=0.3), r"no width, got loss\.margin=0\.3 with loss\.soft"),
        (LossConfig(scale=3.0), "triplet loss takes no loss.scale, got 3"),
        (LossConfig(name="arcface", mining="batch-hard"), "arcface loss mines no triplets"),
        (LossConfig(margin=5.0), "between 0 and 2"),
    ],
)
def test_what_a_loss_cannot_use_is_refused(config, message):
    with pytest.raises(InvalidInputError, match=message):
        make_loss(config)


def test_a_head_only_where_the_loss_wants_proxies():
    twin = build_twin(
        ModelConfig(backbone="tiny", embedding=6), InputContract(8, 8, 1, color="L"), seed=3
    )
    assert trained_model(twin, LossConfig(), classes=5, seed=0) is twin
    headed = trained_model(twin, LossConfig(name="arcface"), classes=5, seed=0)
    assert headed.output_shape == (None, 5)
    assert headed.count_params() == twin.count_params() + 5 * 6
