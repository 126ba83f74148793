"""What is done behind requests, by the process `manage.py work`: uploads are checked, and mail is sent.

child        a function in a process of its own
heartbeat    the sign of life of all workers, and of their return
supervisor   tasks and mail -> such processes, as many as may run at once
"""
