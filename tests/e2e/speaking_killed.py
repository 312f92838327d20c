"""Run as a process: a node in which many speak at once, until somebody kills it.

Usage: speaking_killed.py DIRECTORY ACCORD. Prints the number of each message when its speaker is answered.
"""

import asyncio
import sys
from pathlib import Path

from openline.bootstrap import open_node
from openline.coordination.conversation import FreeText
from openline.coordination.messages import Kind, Officer
from openline.node.node import Node
from openline.node.together import Joint
from openline.running.thread import NodeThread

SPEAKERS = 40
WHO = Officer(position="desk-1", pseudonym="north-7", automaton=False)


async def main(directory: str, accord_id: str) -> None:
    opened = open_node(Path(directory))
    turn = NodeThread(opened.node, opened.clock)

    async def speak(name: int) -> None:
        body = FreeText(text=f"speaker {name}", officer=WHO)

        def say(node: Node, now_ms: int) -> int:
            return node.say(accord_id, Kind.TEXT, body, now_ms).stamp.number

        while True:
            number = await turn(Joint(say))
            print(number, flush=True)

    await asyncio.gather(*(speak(name) for name in range(SPEAKERS)))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
