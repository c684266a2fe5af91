import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinlet_train.data import store
from twinlet_train.data.filling import Filling, Room
from twinlet_train.data.store import Selected, blocks

COUNT = 12
ARRAY = np.random.default_rng(0).integers(0, 256, (COUNT, 3, 2, 3), dtype=np.uint8)


def filled(array, memory, *, places=None, count=None):
    room = Room("pets", count or len(array), memory)
    filling = Filling(array.shape[1:], room)
    for place, image in zip(places or range(len(array)), array, strict=True):
        filling.put(place, image)
    return filling.finish()


DISK = filled(ARRAY, 0)

numbers = st.integers(-COUNT, COUNT - 1)
keys = st.one_of(
    numbers,
    numbers.map(np.int64),
    st.slices(COUNT),
    st.lists(numbers, max_size=30).map(lambda some: np.array(some, dtype=np.int64)),
    st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=5).map(np.array),
    st.lists(st.booleans(), min_size=COUNT, max_size=COUNT).map(np.array),
)


@settings(max_examples=300, deadline=None)
@given(keys)
def test_a_file_is_indexed_as_an_array_is(key):
    got, expected = DISK[key], ARRAY[key]
    assert isinstance(got, np.ndarray)
    assert got.dtype == np.uint8
    assert got.shape == expected.shape
    assert np.array_equal(got, expected)


@pytest.mark.parametrize("memory", [0, 2**20])
@settings(max_examples=50, deadline=None)
@given(st.permutations(range(20)), st.integers(1, 20))
def test_images_come_out_by_place_whatever_the_order_they_came_in(memory, order, count):
    places = order[:count]
    images = np.arange(count, dtype=np.uint8).reshape(count, 1, 1, 1)
    got = filled(images, memory, places=places, count=20)
    assert got.shape == (count, 1, 1, 1)
    assert got[:].ravel().tolist() == [places.index(place) for place in sorted(places)]


def test_memory_is_used_as_far_as_it_was_given():
    size = ARRAY.nbytes
    assert isinstance(filled(ARRAY, size), np.ndarray)
    assert isinstance(filled(ARRAY, size - 1), store.DiskImages)


@pytest.mark.parametrize("images", [ARRAY, DISK])
def test_selected_images_are_those_of_the_store(images):
    chosen = np.array([7, 2, 2, 11])
    some = Selected(images, chosen)
    assert (len(some), some.shape, some.ndim, some.dtype) == (4, (4, 3, 2, 3), 4, np.uint8)
    for key in (0, slice(1, 3), np.array([3, 0]), slice(None)):
        assert np.array_equal(some[key], ARRAY[chosen][key])


@pytest.mark.parametrize("key", [COUNT, -COUNT - 1, np.array([COUNT])])
def test_what_is_not_there_is_an_index_error(key):
    with pytest.raises(IndexError):
        DISK[key]


@pytest.mark.parametrize(
    ("room", "multiple", "expected"),
    [
        (18 * 5, 1, [5, 5, 2]),
        (18 * 5, 4, [4, 4, 4]),
        (1, 1, [1] * 12),  # an image is never split
        (1, 7, [7, 5]),
        (2**20, 1, [12]),
    ],
)
def test_blocks_cover_all_images_in_order(monkeypatch, room, multiple, expected):
    monkeypatch.setattr(store, "BLOCK_BYTES", room)
    got = list(blocks(DISK, multiple=multiple))
    assert [len(block) for block in got] == expected
    assert np.array_equal(np.concatenate(got), ARRAY)


def test_threads_may_read_at_the_same_time():
    from concurrent.futures import ThreadPoolExecutor

    rng = np.random.default_rng(1)
    wanted = [rng.integers(0, COUNT, 50) for _ in range(200)]
    with ThreadPoolExecutor(8) as pool:
        for rows, got in zip(wanted, pool.map(DISK.__getitem__, wanted), strict=True):
            assert np.array_equal(got, ARRAY[rows])
