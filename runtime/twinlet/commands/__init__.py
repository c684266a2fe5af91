"""The commands an app can run with numpy and one engine, one module each."""
