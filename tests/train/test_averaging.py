import keras
import numpy as np
import pytest

from twinlet_train.averaging import Average


def one_weight():
    return keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])


def put(net, value):
    net.set_weights([np.full((1, 1), value, np.float32)])


def weight(net):
    return float(net.get_weights()[0][0, 0])


def test_first_a_plain_mean_then_the_momentum():
    net = one_weight()
    average = Average(net, 0.5 ** (1 / Average.EVERY))  # 0.5 from look to look
    for value in (2.0, 4.0, 8.0):
        put(net, value)
        average.look()
    average.put_in()
    # mean of the first two is 3; then half of it stays: 0.5 * 3 + 0.5 * 8
    assert weight(net) == pytest.approx(5.5)


def test_in_and_out_leaves_the_own_weights():
    net = one_weight()
    average = Average(net, 0.99)
    put(net, 2.0)
    average.look()
    put(net, 4.0)
    average.put_in()
    average.put_in()  # once only
    assert weight(net) == 2.0
    average.give_back()
    average.give_back()
    assert weight(net) == 4.0


def test_before_the_first_look_nothing_changes_places():
    net = one_weight()
    put(net, 3.0)
    average = Average(net, 0.99)
    average.put_in()
    assert weight(net) == 3.0


def test_a_restart_goes_on_with_the_average(tmp_path):
    net = one_weight()
    average = Average(net, 0.99)
    for value in (1.0, 3.0):
        put(net, value)
        average.look()
    average.save(tmp_path / "a.npz")
    again = Average(net, 0.99)
    again.load(tmp_path / "a.npz")
    assert again.looks == 2
    again.put_in()
    assert weight(net) == pytest.approx(2.0)


def test_an_average_of_another_model_is_refused(tmp_path):
    average = Average(one_weight(), 0.9)
    average.look()
    average.save(tmp_path / "a.npz")
    other = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2, use_bias=False)])
    with pytest.raises(ValueError, match="of another model"):
        Average(other, 0.9).load(tmp_path / "a.npz")


def test_batch_statistics_are_averaged_with_the_weights():
    net = keras.Sequential([keras.Input((1,)), keras.layers.BatchNormalization()])
    average = Average(net, 0.99)
    for mean in (0.0, 1.0):
        net.layers[0].moving_mean.assign([mean])
        average.look()
    average.put_in()
    assert float(np.asarray(net.layers[0].moving_mean)[0]) == pytest.approx(0.5)
