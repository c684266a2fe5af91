from twinlet.bundle import contents_of, write_bundle


def test_a_bundle_taken_apart_and_written_again_is_the_same(bundle, tiny, tmp_path):
    write_bundle(contents_of(bundle), tmp_path / "again.twin")
    assert (tmp_path / "again.twin").read_bytes() == tiny.read_bytes()


def test_golden_decisions_follow_thresholds(bundle):
    golden = bundle.golden()
    name = next(iter(golden.decisions))
    row = golden.similarities[name]
    threshold = sorted(row)[5]
    decided = golden.decided(dict.fromkeys(golden.decisions, threshold))
    assert decided.decisions[name] == tuple(value >= threshold for value in row)
    assert decided.templates is golden.templates
