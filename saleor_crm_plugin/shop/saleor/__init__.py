"""Our questions to a shop, answered from Saleor's tables and by Saleor's own calculations."""

from saleor_crm_plugin.shop.saleor.shop import SaleorShop

__all__ = ["SaleorShop"]
