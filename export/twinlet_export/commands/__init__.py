"""Commands of the export stage; `twinlet.commands.table` names them."""
