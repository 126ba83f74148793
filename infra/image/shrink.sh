#!/bin/sh
# Take out of installed packages what no process of the service uses: `shrink.sh SITE-PACKAGES`. Metadata and licences
# stay. tests/deployment/test_containers.py runs every process on what is left.
set -eu
cd "$1"
# Tests, headers, sources of extension modules, maps of minified scripts, films, sources of translations: 70 MB.
find . -depth \( -type d \( -name tests -o -name SelfTest -o -name include \) -o -type f \( -name '*.pyx' -o -name '*.pxd' \
    -o -name '*.pxi' -o -name '*.pyi' -o -name '*.h' -o -name '*.c' -o -name '*.map' -o -name '*.mp4' -o -name '*.po' \) \) -exec rm -rf {} +
# Symbols for debuggers: 60 MB. Not of what auditwheel has copied into folders *.libs and patched, which strip may break.
find . -name '*.so*' -type f -not -path '*.libs/*' -exec strip --strip-unneeded {} +
# Arrow's network protocols and other formats: 60 MB. The service writes Parquet, to a file of its own.
(
    cd pyarrow
    rm -rf src libarrow_flight.so* libarrow_python_flight.so* _flight.* flight.py libarrow_s3.so* _s3fs.* \
        _gcsfs.* _azurefs.* _orc.* orc.py _substrait.* substrait.py _pyarrow_cpp_tests.*
    # Names of the same library, for linkers. What is loaded is the name with the version of the interface.
    rm -f libarrow_python*.so libarrow_python*.so.*.*
)
# boto3 describes each service of AWS: 20 MB. These are what dagster-aws and Postgres on AWS ask for.
find botocore/data -mindepth 1 -maxdepth 1 -type d -not \( -name ec2 -o -name ecs -o -name logs -o -name mwaa -o -name rds \
    -o -name resourcegroupstaggingapi -o -name s3 -o -name secretsmanager -o -name ssm -o -name sts \) -exec rm -rf {} +
# The pages are in English; no database here has geography; nobody compiles Fortran or tests SQLAlchemy: 15 MB.
find django -path '*/locale/*' -mindepth 3 -name LC_MESSAGES -not -path '*/en*/*' -exec rm -rf {} +
rm -rf django/contrib/gis numpy/f2py sqlalchemy/testing
# Pages about an API that are not ours, and lists of what Rust programs were made of: 4 MB.
rm -rf ninja/static
find . -type d -path '*.dist-info/sboms' -prune -exec rm -rf {} +
