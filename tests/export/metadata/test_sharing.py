import flatbuffers
import numpy as np

from twinlet_export.metadata.sharing import SharingBuilder

ZEROS = np.zeros(1000, np.int64)


def written(builder, arrays):
    offsets = [builder.CreateNumpyVector(array) for array in arrays]
    builder.StartObject(len(offsets))
    for slot, offset in enumerate(offsets):
        builder.PrependUOffsetTRelativeSlot(slot, offset, 0)
    builder.Finish(builder.EndObject())
    return bytes(builder.Output())


def read(data, slot, dtype):
    root = flatbuffers.table.Table(
        data, flatbuffers.encode.Get(flatbuffers.packer.uoffset, data, 0)
    )
    place = root.Offset(4 + 2 * slot)
    start = root.Vector(place)
    return np.frombuffer(data, dtype, root.VectorLen(place), start)


def test_equal_arrays_share_bytes_and_read_the_same():
    arrays = [ZEROS, ZEROS.copy(), ZEROS[:10], ZEROS.astype(np.float32), np.ones(7, np.float32)]
    plain = written(flatbuffers.Builder(64), arrays)
    shared = written(SharingBuilder(64), arrays)
    assert 8000 <= len(plain) - len(shared) < 8100
    for slot, array in enumerate(arrays):
        np.testing.assert_array_equal(read(shared, slot, array.dtype), array)


def test_single_bytes_are_written_as_they_come():
    weights = [np.arange(100, dtype=np.uint8)] * 2
    assert written(SharingBuilder(64), weights) == written(flatbuffers.Builder(64), weights)
