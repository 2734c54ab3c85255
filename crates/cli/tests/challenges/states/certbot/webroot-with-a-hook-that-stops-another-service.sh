# A hook stops a service that is not nginx.
# renewal: works
# nginx: has the new certificate
# says:
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
sed -i '/^\[renewalparams/a pre_hook = systemctl stop postfix' \
    /etc/letsencrypt/renewal/example.com.conf
enable tls
