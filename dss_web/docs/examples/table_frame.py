"""A table as a DataFrame of pandas: python3 table_frame.py SCHEMA TABLE"""

import sys

from data_store import Client

frame = Client.from_environment().table(*sys.argv[1:]).to_pandas()
print(frame)
