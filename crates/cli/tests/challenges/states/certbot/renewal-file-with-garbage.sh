# The renewal file is no such file any more.
# renewal: error parsing /etc/letsencrypt/renewal/example.com.conf
# nginx: keeps the old certificate
# says: renewal-file-broken
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
echo 'certbot renew' >>/etc/letsencrypt/renewal/example.com.conf
