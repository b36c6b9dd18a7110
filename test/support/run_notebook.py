"""Runs a notebook in a folder with the kernels of JUPYTER_PATH, and prints it with its outputs: run_notebook.py FILE FOLDER"""

import sys
from queue import Empty

import nbformat
from nbclient import NotebookClient

# Deno's kernel may say that a cell is done before it sends what the cell put out: so long is waited for that.
LATE_SECONDS = 2


class PatientClient(NotebookClient):
    async def _async_poll_output_msg(self, parent_msg_id, cell, cell_index):
        await super()._async_poll_output_msg(parent_msg_id, cell, cell_index)
        while True:
            try:
                message = await self.kc.iopub_channel.get_msg(timeout=LATE_SECONDS)
            except Empty:
                return
            if message["parent_header"].get("msg_id") == parent_msg_id:
                self.process_message(message, cell, cell_index)


path, folder = sys.argv[1:]
notebook = nbformat.read(path, as_version=4)
PatientClient(notebook, timeout=120, iopub_timeout=30, resources={"metadata": {"path": folder}}).execute()
print(nbformat.writes(notebook))
