import logging

from twinlet.messages import LOGGER, messages_shown


def test_messages_reach_stderr_inside_the_block_only(capsys):
    log = logging.getLogger(LOGGER)
    with messages_shown():
        log.info("ten images")
    log.info("unheard")
    captured = capsys.readouterr()
    assert captured.err == "ten images\n"
    assert captured.out == ""
    assert log.handlers == []
