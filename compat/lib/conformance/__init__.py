"""The contract held against a running server: every operation of the public service model, asked rightly and wrongly.

model.py reads the model, generate.py makes the requests that follow from it and judge.py what is wrong with an answer;
wire.py sends them as they are. scenario.py plays the tables in scenarios/ through any of the clients in clients.py.
"""
