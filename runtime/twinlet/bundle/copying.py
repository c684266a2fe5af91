"""What is in a bundle, as it was put in: to write another with some of it changed."""

from twinlet.bundle.reader import Bundle
from twinlet.bundle.writer import BundleContents, PackedFile


def contents_of(bundle: Bundle) -> BundleContents:
    """Take a bundle apart; written again as they are, the contents give the same bytes."""
    manifest = bundle.manifest
    return BundleContents(
        bundle_id=manifest.bundle_id,
        embedding_size=manifest.embedding_size,
        default_fmr=manifest.default_fmr,
        input=manifest.input,
        files=tuple(
            PackedFile(entry, bundle.read(entry.path)) for entry in manifest.files.values()
        ),
        golden=bundle.golden(),
        readme=bundle.readme(),
        left_out=manifest.left_out,
        refused=manifest.refused,
        provenance=manifest.provenance,
        created=manifest.created,
    )
