"""Says which systems the wheel is for: those that the program in it runs on."""

import os

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):
    """Takes the tag from the environment, where `cargo xtask dist` puts it."""

    def initialize(self, version, build_data):
        build_data["pure_python"] = False
        build_data["tag"] = os.environ["MNEMO_WHEEL_TAG"]
