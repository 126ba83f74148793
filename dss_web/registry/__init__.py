"""The tables that both halves use: loaded files, uploads, data-flow runs and table versions.

models   the tables   ·   migrations   what creates them   ·   admin   their pages for administrators
problems   what is wrong, with `stuck`: what stands still   ·   dataset_states   the state of each dataset
trail   what migrations have the trail of uploads note
management/commands/migrate   `manage.py migrate`, safe to start several times at once
"""
