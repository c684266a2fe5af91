"""Which operators make a layer, and who reads it."""

from twinlet_export.mixed.layers import Operator, layers_of


def layers(*rows):
    operators = [Operator(name, kind, tuple(i), tuple(o)) for name, kind, i, o in rows]
    return layers_of(operators, moving=("Relu", "Pad"), idle=("Cast",))


def test_what_clips_or_moves_belongs_to_the_layer_before():
    first, second = layers(
        ("cast", "Cast", "p", "x"),
        ("a", "Conv", "xw", "y"),
        ("r", "Relu", "y", "z"),
        ("pad", "Pad", "z", "u"),
        ("b", "Conv", "uv", "e"),
    )
    assert (first.name, first.operators, first.readers) == ("a", ("a", "r", "pad"), ("b",))
    assert (second.name, second.operators, second.readers) == ("b", ("b",), ())


def test_a_result_that_two_read_ends_its_layer():
    # a -> relu -> add and a -> add: the sum reads both, and each is a layer of its own.
    found = layers(
        ("a", "Conv", "x", "y"),
        ("r", "Relu", "y", "z"),
        ("sum", "Add", "yz", "s"),
    )
    assert [(layer.name, layer.operators, layer.readers) for layer in found] == [
        ("a", ("a",), ("r", "sum")),
        ("r", ("r",), ("sum",)),
        ("sum", ("sum",), ()),
    ]


def test_a_reader_is_named_by_its_layer_and_once():
    # The product reads y twice, first through the clip.
    found = layers(("a", "Conv", "x", "y"), ("twice", "Mul", "yy", "z"), ("r", "Relu", "z", "e"))
    assert [layer.readers for layer in found] == [("twice",), ()]


def test_long_names_are_cut_while_they_tell_layers_apart():
    found = layers(
        ("relu;bn;conv", "Conv", "x", "y"),
        ("same;a", "Conv", "y", "z"),
        ("same;b", "Conv", "z", "e"),
    )
    assert [layer.name for layer in found] == ["relu", "same;a", "same;b"]
    assert found[0].operators == ("relu;bn;conv",)


def test_nothing_gives_nothing():
    assert layers() == ()
    assert layers(("cast", "Cast", "p", "x")) == ()
