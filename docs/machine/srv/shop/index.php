<?php require "shop.php";
